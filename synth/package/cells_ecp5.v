// Cells of the Lattice ECP5 for simulation, of what is instantiated here: a four-input table and two
// bits of a carry chain (Lattice TN-02203, slice; nextpnr's and Yosys' names). Leave this file out
// where the vendor's models are compiled.

module LUT4(input A, input B, input C, input D, output Z);
  parameter [15:0] INIT = 16'h0000;
  assign Z = INIT[{D, C, B, A}];
endmodule

// A half adds what its table says to the carry; where the table says 0, the carry out is the table's
// value with C and D at 0.
module CCU2C(
  input CIN, input A0, input B0, input C0, input D0, input A1, input B1, input C1, input D1,
  output S0, output S1, output COUT
);
  parameter [15:0] INIT0 = 16'h0000;
  parameter [15:0] INIT1 = 16'h0000;
  parameter INJECT1_0 = "YES";
  parameter INJECT1_1 = "YES";
  localparam CUT0 = INJECT1_0 == "YES";
  localparam CUT1 = INJECT1_1 == "YES";
  wire propagate0 = INIT0[{D0, C0, B0, A0}];
  wire propagate1 = INIT1[{D1, C1, B1, A1}];
  wire generate0 = !CUT0 && INIT0[{2'b00, B0, A0}];
  wire generate1 = !CUT1 && INIT1[{2'b00, B1, A1}];
  wire middle = propagate0 ? CIN : generate0;
  assign S0 = propagate0 ^ (CIN && !CUT0);
  assign S1 = propagate1 ^ (middle && !CUT1);
  assign COUT = propagate1 ? middle : generate1;
endmodule
