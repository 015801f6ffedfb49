// Block RAM of CrossLink-NX with one clock, a write port and a read port: 2,048 lanes of nine bits.
// Written from Yosys' mapping (lattice/brams_map_nexus.v, brams_nexus.txt) and Project Oxide's
// names of its settings; Lattice FPGA-TN-02094 (memory user guide) is the vendor's word, which
// could not be read where this was made. No part of it was seen on silicon.
//
// * A port of 1, 2 or 4 bits uses the lower eight of a lane, 9 bits one lane, 18 two, 36 four.
//   Lanes of a wide write port have enables on the lowest address bits.
// * A clock edge with CER and CSR reads into a latch, one with CEW and CSW writes. With OUTREG
//   "USED" a second register follows, always enabled.
// * All outputs and registers power up as 0.
// * Random here, whatever the vendor may promise: a word that is read while it is written, and
//   outputs under RST, which no design uses.
module NEXUS_PDPSC16K(
    input [35:0] DI,
    input [13:0] ADW, ADR,
    input [2:0] CSW, CSR,
    input CLK, CEW, CER, RST,
    output [35:0] DO,
    output ONEBITERR, TWOBITERR
);
    parameter DATA_WIDTH_W = "X36", DATA_WIDTH_R = "X36", OUTREG = "BYPASSED";
    parameter RESETMODE = "SYNC", ASYNC_RST_RELEASE = "SYNC", ECC = "DISABLED", GSR = "DISABLED";
    parameter CSDECODE_W = "000", CSDECODE_R = "000";
    parameter [319:0]
        INITVAL_00 = 320'h0, INITVAL_01 = 320'h0, INITVAL_02 = 320'h0, INITVAL_03 = 320'h0,
        INITVAL_04 = 320'h0, INITVAL_05 = 320'h0, INITVAL_06 = 320'h0, INITVAL_07 = 320'h0,
        INITVAL_08 = 320'h0, INITVAL_09 = 320'h0, INITVAL_0A = 320'h0, INITVAL_0B = 320'h0,
        INITVAL_0C = 320'h0, INITVAL_0D = 320'h0, INITVAL_0E = 320'h0, INITVAL_0F = 320'h0,
        INITVAL_10 = 320'h0, INITVAL_11 = 320'h0, INITVAL_12 = 320'h0, INITVAL_13 = 320'h0,
        INITVAL_14 = 320'h0, INITVAL_15 = 320'h0, INITVAL_16 = 320'h0, INITVAL_17 = 320'h0,
        INITVAL_18 = 320'h0, INITVAL_19 = 320'h0, INITVAL_1A = 320'h0, INITVAL_1B = 320'h0,
        INITVAL_1C = 320'h0, INITVAL_1D = 320'h0, INITVAL_1E = 320'h0, INITVAL_1F = 320'h0,
        INITVAL_20 = 320'h0, INITVAL_21 = 320'h0, INITVAL_22 = 320'h0, INITVAL_23 = 320'h0,
        INITVAL_24 = 320'h0, INITVAL_25 = 320'h0, INITVAL_26 = 320'h0, INITVAL_27 = 320'h0,
        INITVAL_28 = 320'h0, INITVAL_29 = 320'h0, INITVAL_2A = 320'h0, INITVAL_2B = 320'h0,
        INITVAL_2C = 320'h0, INITVAL_2D = 320'h0, INITVAL_2E = 320'h0, INITVAL_2F = 320'h0,
        INITVAL_30 = 320'h0, INITVAL_31 = 320'h0, INITVAL_32 = 320'h0, INITVAL_33 = 320'h0,
        INITVAL_34 = 320'h0, INITVAL_35 = 320'h0, INITVAL_36 = 320'h0, INITVAL_37 = 320'h0,
        INITVAL_38 = 320'h0, INITVAL_39 = 320'h0, INITVAL_3A = 320'h0, INITVAL_3B = 320'h0,
        INITVAL_3C = 320'h0, INITVAL_3D = 320'h0, INITVAL_3E = 320'h0, INITVAL_3F = 320'h0;
    localparam [64*320-1:0] INITIAL = {
        INITVAL_3F, INITVAL_3E, INITVAL_3D, INITVAL_3C, INITVAL_3B, INITVAL_3A, INITVAL_39, INITVAL_38,
        INITVAL_37, INITVAL_36, INITVAL_35, INITVAL_34, INITVAL_33, INITVAL_32, INITVAL_31, INITVAL_30,
        INITVAL_2F, INITVAL_2E, INITVAL_2D, INITVAL_2C, INITVAL_2B, INITVAL_2A, INITVAL_29, INITVAL_28,
        INITVAL_27, INITVAL_26, INITVAL_25, INITVAL_24, INITVAL_23, INITVAL_22, INITVAL_21, INITVAL_20,
        INITVAL_1F, INITVAL_1E, INITVAL_1D, INITVAL_1C, INITVAL_1B, INITVAL_1A, INITVAL_19, INITVAL_18,
        INITVAL_17, INITVAL_16, INITVAL_15, INITVAL_14, INITVAL_13, INITVAL_12, INITVAL_11, INITVAL_10,
        INITVAL_0F, INITVAL_0E, INITVAL_0D, INITVAL_0C, INITVAL_0B, INITVAL_0A, INITVAL_09, INITVAL_08,
        INITVAL_07, INITVAL_06, INITVAL_05, INITVAL_04, INITVAL_03, INITVAL_02, INITVAL_01, INITVAL_00
    };
    localparam [23:0] SELECT_W = CSDECODE_W, SELECT_R = CSDECODE_R;
    localparam integer WIDTH_W = DATA_WIDTH_W == "X36" ? 36 : DATA_WIDTH_W == "X18" ? 18
        : DATA_WIDTH_W == "X9" ? 9 : DATA_WIDTH_W == "X4" ? 4 : DATA_WIDTH_W == "X2" ? 2 : 1;
    localparam integer WIDTH_R = DATA_WIDTH_R == "X36" ? 36 : DATA_WIDTH_R == "X18" ? 18
        : DATA_WIDTH_R == "X9" ? 9 : DATA_WIDTH_R == "X4" ? 4 : DATA_WIDTH_R == "X2" ? 2 : 1;
    localparam integer LANES_W = WIDTH_W < 9 ? 1 : WIDTH_W / 9;
    localparam integer LANES_R = WIDTH_R < 9 ? 1 : WIDTH_R / 9;
    localparam [13:0] INSIDE_W = WIDTH_W < 9 ? WIDTH_W - 1 : 8 * LANES_W - 1;
    localparam [13:0] INSIDE_R = WIDTH_R < 9 ? WIDTH_R - 1 : 8 * LANES_R - 1;

    reg [8:0] lanes [0:2047];
    integer lane;
    initial
        for (lane = 0; lane < 2048; lane = lane + 1)
            lanes[lane] = INITIAL[10 * lane +: 9];

    wire [10:0] first_w = ADW[13:3] & ~(LANES_W - 11'd1);
    wire [10:0] first_r = ADR[13:3] & ~(LANES_R - 11'd1);
    wire write = CEW && CSW == {SELECT_W[16], SELECT_W[8], SELECT_W[0]};
    wire read = CER && CSR == {SELECT_R[16], SELECT_R[8], SELECT_R[0]};
    wire [3:0] enables = LANES_W == 1 ? 4'h1 : LANES_W == 2 ? {2'h0, ADW[1:0]} : ADW[3:0];
    wire met = write && enables != 0
        && (ADW | INSIDE_W | INSIDE_R) == (ADR | INSIDE_W | INSIDE_R);

    reg [35:0] noise = 36'h5a17c93e1;
    reg [35:0] latch = 0, register_ = 0;
    integer i, bit_;
    always @(posedge CLK) begin
        noise <= {noise[34:0], noise[35] ^ noise[24]};
        if (write)
            for (i = 0; i < LANES_W; i = i + 1)
                if (enables[i]) begin
                    if (WIDTH_W >= 9)
                        lanes[first_w + i] <= DI[9 * i +: 9];
                    else
                        for (bit_ = 0; bit_ < WIDTH_W; bit_ = bit_ + 1)
                            lanes[first_w][{29'd0, ADW[2:0] & ~INSIDE_W[2:0]} + bit_] <= DI[bit_];
                end
        register_ <= latch;
        if (read) begin
            latch <= 0;
            for (i = 0; i < LANES_R; i = i + 1)
                if (WIDTH_R >= 9)
                    latch[9 * i +: 9] <= lanes[first_r + i];
                else
                    for (bit_ = 0; bit_ < WIDTH_R; bit_ = bit_ + 1)
                        latch[bit_] <=
                            lanes[first_r][{29'd0, ADR[2:0] & ~INSIDE_R[2:0]} + bit_];
            if (met)
                latch <= noise;
        end
        if (RST) begin
            latch <= noise;
            register_ <= noise;
        end
    end
    assign DO = OUTREG == "USED" ? register_ : latch;
    assign {ONEBITERR, TWOBITERR} = 2'b00;
endmodule
