"""How many different weights a quasi-cyclic code needs: layered, ten iterations.

Wang et al., ISTC 2021 (see model.sharing) and Dai et al., "Learning to decode protograph LDPC
codes", IEEE J. Sel. Areas Commun. 39 (7), 2021: weights shared by degree or by the edges of the
protograph are nearly as good as one for every edge.
"""

from model.reproduce.table import Case, Table, Variant

VARIANTS = (
    Variant("nms", "constant 0.75", "--alpha 0.75 --freeze beta", trained=False),
    Variant("single", "one weight", "--sharing one --tied --freeze beta"),
    Variant("iteration", "a weight an iteration", "--sharing one --freeze beta"),
    Variant("iteration_offset", "a weight and an offset an iteration", "--sharing one"),
    Variant("degree", "by degree", "--sharing degree --freeze beta"),
    Variant("layer", "by layer", "--sharing layer --freeze beta"),
    Variant("block_edge", "by block edge", "--sharing block_edge --freeze beta"),
    Variant("edge", "by edge", "--sharing edge --freeze beta"),
)
COMMON = "--discount 0 --loss soft-frame-error --lr 0.004 --decay cosine --steps 300"
SAID = {"degree": "nearly as good as by edge", "block_edge": "nearly as good as by edge"}

TABLE = Table(
    name="sharing",
    title="weights of normalised min-sum and what shares them, 10 layered iterations",
    source="Wang et al. 2021, Dai et al. 2021",
    metric="fer",
    variants=VARIANTS,
    cases=(
        Case(
            "wifi_1296_r34", f"{COMMON} --ebn0 2.6:3.0 --alpha 0.75 --hard 6 --batch 50",
            (2.6, 2.8, 3.0), 4e-2, 20_000, published=SAID,
        ),
        Case(
            "nr5g_bg2_z16", f"{COMMON} --ebn0 0.5:1.5 --alpha 0.65 --batch 100",
            (1.0, 1.5, 2.0), 1e-1, 20_000, published=SAID,
        ),
    ),
    minutes=45,
)  # fmt: skip
