"""The block-serial QC-LDPC decoder, layered or flooding: schedule, control, datapath, streams."""
