"""Neural belief propagation and min-sum on BCH codes, five flooding iterations.

Nachmani, Marciano, Lugosch, Gross, Burshtein, Be'ery, "Deep learning methods for improved decoding
of linear codes", IEEE J. Sel. Topics Signal Process. 12 (1), 2018; the offsets from Lugosch, Gross,
"Neural offset min-sum decoding", ISIT 2017.
"""

from model.reproduce.table import Case, Table, Variant

BCH_63 = (
    "--schedule flooding --iterations 5 --sharing edge --codewords zero --ebn0 3:7 "
    "--batch 200 --steps 500"
)
BCH_127 = (
    "--schedule flooding --iterations 5 --sharing edge --codewords zero --ebn0 4:8 "
    "--batch 100 --steps 300"
)
BELIEF = "--rule weighted-sum-product --lr 0.02 --alpha 0.5"
WEIGHTS = "--freeze beta --lr 0.02 --alpha 0.5"
OFFSETS = "--freeze alpha --lr 0.1 --beta 2"

VARIANTS = (
    Variant("bp", "belief propagation", "--rule sum-product", trained=False),
    Variant("ms", "min-sum", "--rule min-sum", trained=False),
    Variant("nbp", "neural BP, feed-forward", BELIEF),
    Variant("nbp_tied", "neural BP, recurrent", f"{BELIEF} --tied"),
    Variant(
        "nbp_tied_last", "neural BP, recurrent, loss on the last iteration alone",
        f"{BELIEF} --tied --discount 0",
    ),
    Variant("nnms", "normalised min-sum (NNMS), feed-forward", WEIGHTS),
    Variant("nnms_tied", "normalised min-sum (NNMS), recurrent", f"{WEIGHTS} --tied"),
    Variant("noms", "offset min-sum (NOMS), feed-forward", OFFSETS),
    Variant("noms_tied", "offset min-sum (NOMS), recurrent", f"{OFFSETS} --tied"),
    Variant(
        "relaxed_noms", "relaxed offset min-sum",
        "--freeze alpha --lr 0.1 --beta 1 --relaxation 0.5 --discount 0",
    ),
    Variant(
        "relaxed_nnoms", "relaxed min-sum, weights and offsets, channel weights",
        "--lr 0.03 --beta 0.5 --relaxation 0.5 --channel-weights variable --discount 0",
    ),
)  # fmt: skip

TABLE = Table(
    name="neural",
    title="neural belief propagation and min-sum, 5 flooding iterations, every edge its own number",
    source="Nachmani et al. 2018, Lugosch and Gross 2017",
    metric="ber",
    variants=VARIANTS,
    cases=(
        Case(
            "bch_63_45", BCH_63, (4, 5, 6, 7, 8), 5e-4, 100_000,
            published={
                "nbp": "up to 1.3 dB over BP", "nbp_tied": "comparable to feed-forward",
            },
            expected={
                "bp": {4: 1.66e-2, 5: 7.1e-3, 6: 2.45e-3},
                "ms": {4: 3.1e-2, 5: 1.2e-2, 6: 3.5e-3},
                "nnms_tied": {4: 1.46e-2, 5: 3.8e-3, 6: 5.8e-4},
                "noms_tied": {4: 1.48e-2, 5: 4.6e-3, 6: 1.3e-3},
                "nbp_tied": {4: 1.32e-2, 5: 3.4e-3, 6: 6.6e-4},
                "relaxed_noms": {4: 1.36e-2, 5: 3.3e-3, 6: 5.8e-4},
            },
        ),
        Case(
            "bch_63_36", BCH_63, (4, 5, 6, 7, 8), 5e-4, 100_000,
            published={"nbp": "up to 1.5 dB over BP"},
        ),
        Case(
            "bch_63_36_cycle_reduced", BCH_63, (3, 4, 5, 6, 7), 5e-4, 100_000,
            published={"nbp": "up to 1.0 dB over BP"},
        ),
        Case(
            "bch_127_64", BCH_127, (5, 6, 7, 8), 5e-3, 20_000,
            published={"nbp": "0.9 to 1.0 dB over BP"},
        ),
    ),
    minutes=60,
)  # fmt: skip
