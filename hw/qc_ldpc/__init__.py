"""The layered QC-LDPC decoder: schedule, control, datapath, streams."""
