"""cocotb benches; they run inside the simulator and restate no arithmetic."""
