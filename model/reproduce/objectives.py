"""What is trained for: losses, and parameters that know the signal-to-noise ratio.

Multiloss: Nachmani et al. 2018. Soft bit error and the adapter network: Lian et al. 2019 (see
model.losses and model.snr_table).
"""

from model.reproduce.neural import BCH_63
from model.reproduce.table import Case, Table, Variant

WEIGHTS = "--freeze beta --lr 0.02 --alpha 0.5"
SIMPLE = "--sharing one --freeze beta --lr 0.02 --alpha 0.3"

VARIANTS = (
    Variant("ms", "min-sum", "--rule min-sum", trained=False),
    Variant("ce_last", "cross entropy, last iteration", f"{WEIGHTS} --discount 0"),
    Variant("nnms", "cross entropy, multiloss", WEIGHTS),
    Variant("ce_half", "cross entropy, multiloss, halved a step back", f"{WEIGHTS} --discount 0.5"),
    Variant(
        "soft_bit", "soft bit error, multiloss halved",
        f"{WEIGHTS} --discount 0.5 --loss soft-bit-error",
    ),
    Variant(
        "soft_frame", "soft frame error, multiloss halved",
        f"{WEIGHTS} --discount 0.5 --loss soft-frame-error",
    ),
    Variant(
        "simple", "simple scaling: a weight an iteration", f"{SIMPLE} --loss soft-bit-error",
    ),
    Variant(
        "simple_snr", "simple scaling, table of 5 rows by SNR",
        f"{SIMPLE} --loss soft-bit-error --snr-rows 5",
    ),
    Variant(
        "soft_bit_snr", "soft bit error, weights by edge, table of 5 rows by SNR",
        f"{WEIGHTS} --discount 0.5 --loss soft-bit-error --snr-rows 5",
    ),
)  # fmt: skip

TABLE = Table(
    name="losses",
    title="normalised min-sum, 5 flooding iterations, trained for different losses",
    source="Nachmani et al. 2018, Lian et al. 2019",
    metric="ber",
    variants=VARIANTS,
    cases=(Case("bch_63_45", BCH_63, (3, 4, 5, 6, 7, 8), 5e-4, 100_000),),
    minutes=12,
)
