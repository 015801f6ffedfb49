"""The CCSDS telecommand code (128,64): offsets for each iteration, few iterations.

No published table; the parameters that a fully parallel decoder of this code is built from.
"""

from model.reproduce.table import Case, Table, Variant

COMMON = (
    "--schedule flooding --sharing one --codewords zero --ebn0 3:4.5 --batch 200 --steps 300 "
    "--discount 0.5"
)
OFFSETS = "--freeze alpha --lr 0.02 --beta 0.3"
ITERATIONS = (4, 6, 8, 20)

VARIANTS = (
    Variant("ms_t20", "min-sum, 20 iterations", "--rule min-sum --iterations 20", trained=False),
    *(
        variant
        for t in ITERATIONS
        for variant in (
            *(
                [Variant(f"ms_t{t}", f"min-sum, {t} iterations",
                         f"--rule min-sum --iterations {t}", trained=False)]
                if t != 20 else []
            ),
            Variant(f"nms_t{t}", f"constant 0.75, {t} iterations",
                    f"--iterations {t} --alpha 0.75", trained=False),
            *(
                [Variant(f"noms_t{t}", f"an offset an iteration, {t} iterations",
                         f"{OFFSETS} --iterations {t}")]
                if t != 20 else []
            ),
        )
    ),
    Variant("noms_edge_t6", "an offset an edge and iteration, 6 iterations",
            f"{OFFSETS} --iterations 6 --sharing edge --lr 0.02 --steps 500"),
    Variant("nnoms_t6", "a weight and an offset an iteration, 6 iterations",
            "--lr 0.02 --alpha 0.8 --beta 0.1 --iterations 6"),
)  # fmt: skip

TABLE = Table(
    name="telecommand",
    title="offset min-sum with an offset for each iteration, flooding",
    source="after Lugosch and Gross 2017",
    metric="fer",
    variants=VARIANTS,
    cases=(Case("ccsds_128_64", COMMON, (3.5, 4.0, 4.5), 1e-3, 100_000),),
    minutes=12,
)
