// Block RAM of CrossLink-NX with two ports that read and write: 2,048 lanes of nine bits. Sources and
// lanes as in pdpsc16k.v; no part of it was seen on silicon.
//
// * A clock edge with CE and CS writes where WE is 1, and then the output stays as it is; otherwise it
//   reads into a latch. With OUTREG "USED" a second register follows, always enabled.
// * All outputs and registers power up as 0.
// * Random here, whatever the vendor may promise: a word that the other port writes at that moment,
//   one that both write, and outputs under RST, which no design uses.
module NEXUS_DP16K(
    input [17:0] DIA, DIB,
    input [13:0] ADA, ADB,
    input [2:0] CSA, CSB,
    input CLKA, CLKB, CEA, CEB, WEA, WEB, RSTA, RSTB,
    output [17:0] DOA, DOB
);
    parameter DATA_WIDTH_A = "X18", DATA_WIDTH_B = "X18";
    parameter OUTREG_A = "BYPASSED", OUTREG_B = "BYPASSED", GSR = "DISABLED";
    parameter RESETMODE_A = "SYNC", RESETMODE_B = "SYNC";
    parameter ASYNC_RST_RELEASE_A = "SYNC", ASYNC_RST_RELEASE_B = "SYNC";
    parameter CSDECODE_A = "000", CSDECODE_B = "000";
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
    localparam [23:0] SELECT_A = CSDECODE_A, SELECT_B = CSDECODE_B;
    localparam integer WIDTH_A = DATA_WIDTH_A == "X18" ? 18 : DATA_WIDTH_A == "X9" ? 9
        : DATA_WIDTH_A == "X4" ? 4 : DATA_WIDTH_A == "X2" ? 2 : 1;
    localparam integer WIDTH_B = DATA_WIDTH_B == "X18" ? 18 : DATA_WIDTH_B == "X9" ? 9
        : DATA_WIDTH_B == "X4" ? 4 : DATA_WIDTH_B == "X2" ? 2 : 1;
    localparam [13:0] INSIDE_A = WIDTH_A == 18 ? 15 : WIDTH_A == 9 ? 7 : WIDTH_A - 1;
    localparam [13:0] INSIDE_B = WIDTH_B == 18 ? 15 : WIDTH_B == 9 ? 7 : WIDTH_B - 1;

    reg [8:0] lanes [0:2047];
    integer lane;
    initial
        for (lane = 0; lane < 2048; lane = lane + 1)
            lanes[lane] = INITIAL[10 * lane +: 9];

    wire on_a = CEA && CSA == {SELECT_A[16], SELECT_A[8], SELECT_A[0]};
    wire on_b = CEB && CSB == {SELECT_B[16], SELECT_B[8], SELECT_B[0]};
    // Of a word of 18 bits the lowest address bits are enables of its two lanes.
    wire writes_a = on_a && WEA && (WIDTH_A != 18 || ADA[1:0] != 0);
    wire writes_b = on_b && WEB && (WIDTH_B != 18 || ADB[1:0] != 0);
    wire met = (ADA | INSIDE_A | INSIDE_B) == (ADB | INSIDE_A | INSIDE_B);

    function [8:0] merged(input [8:0] old, input [8:0] data, input [2:0] at, input integer width);
        case (width)
            1: begin merged = old; merged[at] = data[0]; end
            2: begin merged = old; merged[{1'b0, at[2:1], 1'b0} +: 2] = data[1:0]; end
            4: begin merged = old; merged[{1'b0, at[2], 2'b00} +: 4] = data[3:0]; end
            default: merged = data;
        endcase
    endfunction
    function [17:0] chosen(input [17:0] word, input [2:0] at, input integer width);
        case (width)
            1: chosen = {17'h0, word[at]};
            2: chosen = {16'h0, word[{1'b0, at[2:1], 1'b0} +: 2]};
            4: chosen = {14'h0, word[{1'b0, at[2], 2'b00} +: 4]};
            9: chosen = {9'h0, word[8:0]};
            default: chosen = word;
        endcase
    endfunction

    reg [17:0] noise = 18'h2c3e1;
    reg [17:0] latch_a = 0, latch_b = 0, register_a = 0, register_b = 0;
    wire [10:0] even_a = {ADA[13:4], 1'b0}, even_b = {ADB[13:4], 1'b0};
    always @(posedge CLKA) begin
        noise <= {noise[16:0], noise[17] ^ noise[10]};
        if (writes_a) begin
            if (WIDTH_A != 18)
                lanes[ADA[13:3]] <= met && writes_b ? noise[8:0]
                    : merged(lanes[ADA[13:3]], DIA[8:0], ADA[2:0], WIDTH_A);
            if (WIDTH_A == 18 && ADA[0])
                lanes[even_a] <= met && writes_b ? noise[8:0] : DIA[8:0];
            if (WIDTH_A == 18 && ADA[1])
                lanes[even_a | 11'd1] <= met && writes_b ? noise[17:9] : DIA[17:9];
        end
        register_a <= latch_a;
        if (on_a && !WEA)
            latch_a <= met && writes_b ? noise
                : chosen(WIDTH_A == 18 ? {lanes[even_a | 11'd1], lanes[even_a]}
                         : {9'h0, lanes[ADA[13:3]]}, ADA[2:0], WIDTH_A);
        if (RSTA) begin
            latch_a <= noise;
            register_a <= noise;
        end
    end
    always @(posedge CLKB) begin
        if (writes_b) begin
            if (WIDTH_B != 18)
                lanes[ADB[13:3]] <= met && writes_a ? noise[8:0]
                    : merged(lanes[ADB[13:3]], DIB[8:0], ADB[2:0], WIDTH_B);
            if (WIDTH_B == 18 && ADB[0])
                lanes[even_b] <= met && writes_a ? noise[8:0] : DIB[8:0];
            if (WIDTH_B == 18 && ADB[1])
                lanes[even_b | 11'd1] <= met && writes_a ? noise[17:9] : DIB[17:9];
        end
        register_b <= latch_b;
        if (on_b && !WEB)
            latch_b <= met && writes_a ? noise
                : chosen(WIDTH_B == 18 ? {lanes[even_b | 11'd1], lanes[even_b]}
                         : {9'h0, lanes[ADB[13:3]]}, ADB[2:0], WIDTH_B);
        if (RSTB) begin
            latch_b <= noise;
            register_b <= noise;
        end
    end
    assign DOA = OUTREG_A == "USED" ? register_a : latch_a;
    assign DOB = OUTREG_B == "USED" ? register_b : latch_b;
endmodule
