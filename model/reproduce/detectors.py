"""MIMO detectors: published ones and trained ones on the same channels, symbols and noise.

Published figures: OAMP-Net and DetNet on 64x16 and 64x32 as measured by Pratik, Rao, Yadav,
"RE-MIMO: recurrent and permutation equivariant neural MIMO detection", IEEE Trans. Signal Process.
69, 2021; DetNet on 30x20 as logged by Samuel, Diskin, Wiesel, "Learning to detect", IEEE Trans.
Signal Process. 67 (10), 2019, whose SNR is ours plus 10 log10(antennas / users).
"""

import math

from model.reproduce.detector_table import PLAIN, Case, Point, Row


def plain(*names: str) -> tuple[Row, ...]:
    """Rows without trained numbers."""
    return tuple(Row(name, PLAIN[name]) for name in names)


SNR_12 = Point(12.0, "iid")
M3, M3_OPTIONS = "M+3: LMMSE product, 3 learned rounds", "--start lmmse --rounds 3"
OAMP_NET = "--detector oamp-net --rounds 10"
DETNET_SHIFT_DB = 10 * math.log10(30 / 20)


def _as_detnet(snr_db: float) -> Point:
    return Point(round(snr_db - DETNET_SHIFT_DB, 3), "iid")


CASES = (
    Case(
        "64x16", "--antennas 64 --users 16 --modulation 16qam", "ser",
        (Point(6.0, "iid"), Point(11.0, "iid"), SNR_12, Point(12.0, "correlated"),
         Point(12.0, "powers"), Point(12.0, "los"), Point(12.0, "iid", 32)),
        (
            *plain("zf", "lmmse", "amp", "oamp", "ep"),
            Row("oamp_net", "OAMP-Net, T = 10", f"{OAMP_NET} --snr 11:12 --steps 250 --batch 30 "
                "--lr 0.02", "mimo_detector_64x16_oamp_net",
                {Point(11.0, "iid"): 3.5e-3, SNR_12: 9.6e-4},
                {Point(11.0, "iid"): 3.30e-3, SNR_12: 9.1e-4}),
            Row("m3_soft", "M+3 trained at 5 to 7 dB on cross entropy",
                f"{M3_OPTIONS} --snr 5:7 --loss cross-entropy --steps 300 --batch 30 --lr 0.02",
                "mimo_detector_soft"),
            Row("pgd_t6", "learned projected gradient, T = 6",
                "--rounds 6 --snr 12 --steps 600 --batch 30", "mimo_detector_64x16_t6",
                {SNR_12: 1.05e-3}),
            Row("m3", M3, f"{M3_OPTIONS} --snr 12 --steps 1500", "mimo_detector",
                {SNR_12: 9e-4, Point(12.0, "correlated"): 1.2e-3, Point(12.0, "powers"): 4.2e-3}),
        ),
        {"lmmse": {Point(11.0, "iid"): 9.7e-3, SNR_12: 3.56e-3}},
    ),
    Case(
        "64x32", "--antennas 64 --users 32 --modulation 16qam", "ser",
        (Point(14.0, "iid"), Point(15.0, "iid")),
        (
            *plain("lmmse", "amp", "oamp"),
            Row("oamp_net", "OAMP-Net, T = 10", f"{OAMP_NET} --snr 14:15 --steps 250 --batch 20 "
                "--lr 0.02", "mimo_detector_64x32_oamp_net",
                {Point(14.0, "iid"): 4.3e-3, Point(15.0, "iid"): 1.1e-3},
                {Point(14.0, "iid"): 4.08e-3, Point(15.0, "iid"): 1.05e-3}),
            Row("pgd_t10", "learned projected gradient, T = 10",
                "--rounds 10 --snr 15 --steps 800 --batch 20 --incremental --lr 0.02",
                "mimo_detector_64x32_t10", {Point(15.0, "iid"): 1.15e-3}),
        ),
        {"DetNet": {Point(14.0, "iid"): 1.32e-2, Point(15.0, "iid"): 5.1e-3}},
    ),
    Case(
        "32x8", "--antennas 32 --users 8 --modulation 16qam", "ser", (SNR_12,),
        (*plain("lmmse", "amp", "oamp", "ep"), Row("m3", M3, f"{M3_OPTIONS} --snr 12 --steps 1500",
                                                   "mimo_detector_32x8")),
    ),
    Case(
        "32x16", "--antennas 32 --users 16 --modulation 16qam", "ser", (Point(15.0, "iid"),),
        (*plain("lmmse", "amp", "oamp", "ep"), Row("m3", M3, f"{M3_OPTIONS} --snr 15 --steps 1500",
                                                   "mimo_detector_32x16")),
    ),
    Case(
        "64x16_64qam", "--antennas 64 --users 16 --modulation 64qam", "ser",
        (Point(18.0, "iid"),),
        (*plain("lmmse", "amp", "oamp", "ep"),
         Row("m3", M3, f"{M3_OPTIONS} --snr 18 --steps 500 --lr 0.005",
             "mimo_detector_64x16_64qam")),
    ),
    Case(
        "30x20", "--antennas 30 --users 20 --modulation qpsk", "ser",
        tuple(_as_detnet(snr_db) for snr_db in (9, 10, 11)),
        (
            *plain("lmmse", "oamp"),
            Row("pgd_t10", "learned projected gradient, T = 10",
                "--rounds 10 --snr 7.2:9.2 --steps 1000 --batch 50 --incremental --lr 0.02",
                "mimo_detector_30x20_qpsk_t10",
                {_as_detnet(9): 1.05 * 1.24e-2, _as_detnet(10): 1.05 * 4.41e-3,
                 _as_detnet(11): 1.05 * 1.36e-3}),
        ),
        {"DetNet, 30 layers": {_as_detnet(9): 1.24e-2, _as_detnet(10): 4.41e-3,
                               _as_detnet(11): 1.36e-3}},
    ),
    Case(
        "96x150", "--antennas 96 --users 150 --modulation qpsk", "ber", (Point(15.0, "iid"),),
        (
            *plain("lmmse"),
            Row("tpg", "TPG, T = 10",
                "--weights whitened --no-momentum --rounds 10 --snr 15 --steps 600 --batch 8 "
                "--vectors 16 --incremental --lr 0.03", "mimo_detector_96x150_qpsk_tpg",
                {Point(15.0, "iid"): 8.5e-3}),
            Row("tpg_momentum", "TPG with momentum, T = 10",
                "--weights whitened --rounds 10 --snr 15 --steps 600 --batch 8 --vectors 16 "
                "--incremental --lr 0.03", "mimo_detector_96x150_qpsk_t10",
                {Point(15.0, "iid"): 8.5e-3}),
        ),
    ),
    Case(
        "32x50", "--antennas 32 --users 50 --modulation qpsk", "ber", (Point(20.0, "iid"),),
        (
            *plain("lmmse"),
            Row("tpg", "TPG, T = 10",
                "--weights whitened --no-momentum --rounds 10 --snr 20 --steps 1500 --batch 20 "
                "--incremental --lr 0.02", "mimo_detector_32x50_qpsk_tpg",
                {Point(20.0, "iid"): 4.1e-3}),
            Row("tpg_momentum", "TPG with momentum, T = 10",
                "--weights whitened --rounds 10 --snr 20 --steps 1500 --batch 20 "
                "--incremental --lr 0.02",
                "mimo_detector_overloaded", {Point(20.0, "iid"): 2.7e-3}),
        ),
    ),
    Case(
        "16x8", "--antennas 16 --users 8 --modulation qpsk", "ser", (Point(6.0, "iid"),),
        (
            *plain("lmmse", "amp", "oamp", "ep", "ml"),
            Row("lcg_net", "LcgNet, T = 8", "--detector lcg-net --rounds 8 --snr 6 --steps 300 "
                "--batch 50", "mimo_detector_16x8_qpsk_lcg_net"),
            Row("sc_net", "ScNet, 10 layers", "--detector sc-net --rounds 10 --snr 6 --steps 500 "
                "--batch 50 --discount 0.8", "mimo_detector_16x8_qpsk_sc_net"),
            Row("det_net", "DetNet, 10 layers", "--detector det-net --rounds 10 --snr 6 "
                "--steps 1500 --batch 50 --discount 0.8 --lr 0.003",
                "mimo_detector_16x8_qpsk_det_net"),
            Row("pgd_t6", "learned projected gradient, T = 6",
                "--rounds 6 --snr 6 --steps 500 --batch 50 --lr 0.02",
                "mimo_detector_16x8_qpsk_t6"),
        ),
    ),
)  # fmt: skip
