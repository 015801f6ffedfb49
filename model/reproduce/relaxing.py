"""Relaxed min-sum: the learned factor, and what a factor of 1 - 2^-k costs.

The same paper as model.reproduce.neural, its section on relaxation; learned 0.863 for min-sum on
BCH (63,45), rounded there to 0.875 = 1 - 2^-3.
"""

from model.reproduce.neural import BCH_63
from model.reproduce.table import Case, Table, Variant

ONE = "--sharing one --tied --freeze alpha beta --lr 0.1 --steps 200"
FIXED = "--sharing one --tied --freeze alpha beta gamma"
OFFSETS = "--freeze alpha --lr 0.1 --beta 1 --discount 0"
ROUNDED = "--freeze alpha gamma --lr 0.1 --beta 1 --discount 0"

VARIANTS = (
    Variant("ms", "min-sum", "--rule min-sum", trained=False),
    Variant("relaxed_ms", "relaxed min-sum, multiloss", f"{ONE} --relaxation 0.8"),
    Variant(
        "relaxed_ms_low", "relaxed min-sum, trained at 1 to 6 dB, last iteration",
        f"{ONE} --relaxation 0.8 --ebn0 1:6 --discount 0",
    ),
    *(
        Variant(
            f"relaxed_ms_k{k}", f"relaxed min-sum, 1-2^-{k}",
            f"{FIXED} --relaxation {1 - 2.0**-k:g}", trained=False,
        )
        for k in (1, 2, 3)
    ),
    Variant("noms", "offset min-sum", "--freeze alpha --lr 0.1 --beta 2"),
    Variant("relaxed_noms", "relaxed offset min-sum", f"{OFFSETS} --relaxation 0.5"),
    *(
        Variant(
            f"relaxed_noms_k{k}", f"relaxed offset min-sum, 1-2^-{k}",
            f"{ROUNDED} --relaxation {1 - 2.0**-k:g}",
        )
        for k in (1, 2, 3)
    ),
)  # fmt: skip

TABLE = Table(
    name="relaxation",
    title="relaxed min-sum, 5 flooding iterations: a learned factor and powers of two",
    source="Nachmani et al. 2018",
    metric="ber",
    variants=VARIANTS,
    cases=(
        Case(
            "bch_63_45", BCH_63, (4, 5, 6, 7), 1e-3, 100_000,
            published={
                "relaxed_ms": "learned 0.863", "relaxed_ms_k3": "used in place of 0.863",
            },
            expected={"relaxed_noms": {4: 1.36e-2, 5: 3.3e-3, 6: 5.8e-4}},
        ),
        Case("bch_63_36", BCH_63, (4, 5, 6, 7), 1e-3, 100_000),
    ),
    minutes=20,
)  # fmt: skip
