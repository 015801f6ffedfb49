// Sums, differences, a counter and a comparison: carry chains of every kind of first carry.
module sums(input clk, input [8:0] a, input [8:0] b, input [6:0] c, input [6:0] d, input s, output reg [9:0] p, output reg [9:0] q, output reg [6:0] r, output reg [11:0] n, output reg [9:0] t, output z);
  always @(posedge clk) begin
    p <= a + b; q <= a - b; r <= c + d + s; n <= n + 1; t <= s ? a - b : a + b;
  end
  assign z = a < b;
endmodule
