"""Ray: the counts of the local engine, also when a node is killed while it works."""

import threading
import time

import pytest
from small_specs import small_spec

from model import catalog
from quant.fit import default_spec
from quant.min_sum.link import Channel
from quant.min_sum.monte_carlo import DecoderMonteCarlo
from sim import engines, tally
from sim.tally import Enough, Tally
from sim.units import Job

pytestmark = pytest.mark.slow  # starting Ray takes a minute on a busy machine


def counted(engine, job: Job, enough: Enough, changed=lambda sums: None) -> tuple:
    sums = Tally(DecoderMonteCarlo, job.point_db)
    tally.fill(sums, engine, job, enough, changed)
    return sums.units, sums.frame_errors, sums.bit_errors, sums.counts, sums.failures


@pytest.mark.filterwarnings("ignore")
def test_one_of_two_nodes_is_killed_while_it_works():
    from ray.cluster_utils import Cluster

    spec = default_spec(catalog.get("wifi_648_r12"))
    job = Job(spec.to_json(), "golden", Channel("awgn", "bpsk"), 1.6, 5)
    enough = Enough(10**6, 512 * 16)
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1})
    doomed = cluster.add_node(num_cpus=1)
    cluster.wait_for_nodes()
    engine = engines.RayEngine(address=cluster.address)
    assert engine.workers == 2
    killed = threading.Event()

    def kill(sums: Tally) -> None:
        if sums.units >= 2 and not killed.is_set():
            killed.set()
            cluster.remove_node(doomed, allow_graceful=False)

    try:
        found = counted(engine, job, enough, kill)
    finally:
        engine.close()
        cluster.shutdown()
    assert killed.is_set()
    local = engines.LocalEngine(1)
    try:
        assert found == counted(local, job, enough)
    finally:
        local.close()


@pytest.mark.filterwarnings("ignore")
def test_a_cluster_started_here_counts_as_the_local_engine():
    spec = small_spec(6)
    job = Job(spec.to_json(), "c", Channel("awgn", "bpsk"), 5.0, 5)
    started, found = time.monotonic(), []
    for make in (engines.RayEngine, engines.LocalEngine):
        engine = make(2)
        found.append(counted(engine, job, Enough(300, 10**6)))
        engine.close()
    assert found[0] == found[1] and found[0][1] >= 300
    assert time.monotonic() - started < 600
