// Block RAM of ECP5: 2,048 lanes of nine bits and two ports. Written from Lattice FPGA-TN-02204
// (memory usage guide) and FPGA-DS-02012; no part of it was seen on silicon.
//
// * A port of 1, 2 or 4 bits uses the lower eight of a lane, 9 bits one lane, 18 two, 36 four.
//   Lanes of a wider port have write enables on the lowest address bits.
// * A clock edge with CE and CS reads into a latch. With WE it writes; the latch then keeps what it
//   has (NORMAL), takes the word as it was (READBEFOREWRITE) or as it is written (WRITETHROUGH).
// * With REGMODE OUTREG a second register follows, whose enable is OCE alone.
// * A port of 36 bits takes all data pins: A writes {DIB, DIA}, B reads {DOB, DOA} on CLKB. Where
//   the half of DOA would be clocked and enabled by A's pins, they must say the same as B's.
// * All outputs and registers power up as 0.
// * Not documented, so random here: a word that the other port writes at that moment, one that
//   both write, and outputs under RST, which no design uses.
module ECP5_DP16KD(
    input DIA17, DIA16, DIA15, DIA14, DIA13, DIA12, DIA11, DIA10, DIA9, DIA8, DIA7, DIA6, DIA5,
        DIA4, DIA3, DIA2, DIA1, DIA0,
    input ADA13, ADA12, ADA11, ADA10, ADA9, ADA8, ADA7, ADA6, ADA5, ADA4, ADA3, ADA2, ADA1, ADA0,
    input CEA, OCEA, CLKA, WEA, RSTA, CSA2, CSA1, CSA0,
    output DOA17, DOA16, DOA15, DOA14, DOA13, DOA12, DOA11, DOA10, DOA9, DOA8, DOA7, DOA6, DOA5,
        DOA4, DOA3, DOA2, DOA1, DOA0,
    input DIB17, DIB16, DIB15, DIB14, DIB13, DIB12, DIB11, DIB10, DIB9, DIB8, DIB7, DIB6, DIB5,
        DIB4, DIB3, DIB2, DIB1, DIB0,
    input ADB13, ADB12, ADB11, ADB10, ADB9, ADB8, ADB7, ADB6, ADB5, ADB4, ADB3, ADB2, ADB1, ADB0,
    input CEB, OCEB, CLKB, WEB, RSTB, CSB2, CSB1, CSB0,
    output DOB17, DOB16, DOB15, DOB14, DOB13, DOB12, DOB11, DOB10, DOB9, DOB8, DOB7, DOB6, DOB5,
        DOB4, DOB3, DOB2, DOB1, DOB0
);
    parameter DATA_WIDTH_A = 18, DATA_WIDTH_B = 18;
    parameter REGMODE_A = "NOREG", REGMODE_B = "NOREG";
    parameter WRITEMODE_A = "NORMAL", WRITEMODE_B = "NORMAL";
    parameter RESETMODE = "SYNC", ASYNC_RESET_RELEASE = "SYNC", GSR = "ENABLED";
    parameter [39:0] CSDECODE_A = "0b000", CSDECODE_B = "0b000";
    parameter WID = 0;
    parameter INIT_DATA = "STATIC";
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
    localparam integer LANES_A = DATA_WIDTH_A == 36 ? 4 : DATA_WIDTH_A == 18 ? 2 : 1;
    localparam integer LANES_B = DATA_WIDTH_B == 36 ? 4 : DATA_WIDTH_B == 18 ? 2 : 1;
    localparam [13:0] INSIDE_A = DATA_WIDTH_A == 36 ? 31 : DATA_WIDTH_A == 18 ? 15 : DATA_WIDTH_A == 9
        ? 7 : DATA_WIDTH_A == 4 ? 3 : DATA_WIDTH_A == 2 ? 1 : 0;
    localparam [13:0] INSIDE_B = DATA_WIDTH_B == 36 ? 31 : DATA_WIDTH_B == 18 ? 15 : DATA_WIDTH_B == 9
        ? 7 : DATA_WIDTH_B == 4 ? 3 : DATA_WIDTH_B == 2 ? 1 : 0;
    localparam OUTREG_A = REGMODE_A == "OUTREG", OUTREG_B = REGMODE_B == "OUTREG";

    wire [35:0] dia, dib;
    wire [13:0] ada, adb;
    assign dib[17:0] = {DIB17, DIB16, DIB15, DIB14, DIB13, DIB12, DIB11, DIB10, DIB9, DIB8, DIB7,
        DIB6, DIB5, DIB4, DIB3, DIB2, DIB1, DIB0};
    assign dia[17:0] = {DIA17, DIA16, DIA15, DIA14, DIA13, DIA12, DIA11, DIA10, DIA9, DIA8, DIA7,
        DIA6, DIA5, DIA4, DIA3, DIA2, DIA1, DIA0};
    assign dia[35:18] = dib[17:0];
    assign dib[35:18] = 18'h0;
    assign ada = {ADA13, ADA12, ADA11, ADA10, ADA9, ADA8, ADA7, ADA6, ADA5, ADA4, ADA3, ADA2, ADA1,
        ADA0};
    assign adb = {ADB13, ADB12, ADB11, ADB10, ADB9, ADB8, ADB7, ADB6, ADB5, ADB4, ADB3, ADB2, ADB1,
        ADB0};
    wire selected_a = {CSA2, CSA1, CSA0} == {CSDECODE_A[16], CSDECODE_A[8], CSDECODE_A[0]};
    wire selected_b = {CSB2, CSB1, CSB0} == {CSDECODE_B[16], CSDECODE_B[8], CSDECODE_B[0]};

    reg [8:0] lanes [0:2047];
    integer word;
    initial
        for (word = 0; word < 1024; word = word + 1) begin
            lanes[2 * word] = INITIAL[320 * (word / 16) + 20 * (word % 16) +: 9];
            lanes[2 * word + 1] = INITIAL[320 * (word / 16) + 20 * (word % 16) + 9 +: 9];
        end

    // Of each port: first lane, the lanes that it writes; whether the words of both overlap.
    wire [10:0] lane_a = ada[13:3] & ~(LANES_A - 11'd1);
    wire [10:0] lane_b = adb[13:3] & ~(LANES_B - 11'd1);
    wire write_a = CEA & selected_a & WEA, write_b = CEB & selected_b & WEB;
    wire [3:0] enables_a = LANES_A == 1 ? 4'h1 : LANES_A == 2 ? {2'h0, ada[1:0]} : ada[3:0];
    wire [3:0] enables_b = LANES_B == 1 ? 4'h1 : {2'h0, adb[1:0]};
    wire met = (ada | INSIDE_A | INSIDE_B) == (adb | INSIDE_A | INSIDE_B);
    wire a_writes = write_a && enables_a != 0, b_writes = write_b && enables_b != 0;

    function [8:0] merged(input [8:0] old, input [17:0] data, input [2:0] at, input integer width);
        case (width)
            1: begin merged = old; merged[at] = data[0]; end
            2: begin merged = old; merged[{1'b0, at[2:1], 1'b0} +: 2] = data[1:0]; end
            4: begin merged = old; merged[{1'b0, at[2], 2'b00} +: 4] = data[3:0]; end
            default: merged = data[8:0];
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

    reg [35:0] noise = 36'h5a17c93e1;
    reg [35:0] latch_a = 0, latch_b = 0, register_a = 0, register_b = 0;
    reg [35:0] word_a, word_b;
    integer i;
    always @(posedge CLKA) begin
        for (i = 0; i < LANES_A; i = i + 1) begin
            word_a[9 * i +: 9] = lanes[lane_a + i];
            if (write_a && enables_a[i]) begin
                if (WRITEMODE_A == "WRITETHROUGH")
                    word_a[9 * i +: 9] =
                        LANES_A == 1 ? merged(lanes[lane_a], dia[17:0], ada[2:0], DATA_WIDTH_A)
                        : dia[9 * i +: 9];
                lanes[lane_a + i] <= met && b_writes ? noise[9 * i +: 9]
                    : LANES_A == 1 ? merged(lanes[lane_a], dia[17:0], ada[2:0], DATA_WIDTH_A)
                    : dia[9 * i +: 9];
            end
        end
        if (OCEA) register_a <= latch_a;
        if (CEA && selected_a && !(WEA && WRITEMODE_A == "NORMAL"))
            latch_a <= met && b_writes ? noise
                : {18'h0, chosen(word_a[17:0], ada[2:0], DATA_WIDTH_A)};
        if (RSTA) begin
            latch_a <= noise;
            register_a <= noise;
        end
    end

    integer j;
    always @(posedge CLKB) begin
        noise <= {noise[34:0], noise[35] ^ noise[24]};
        for (j = 0; j < LANES_B; j = j + 1) begin
            word_b[9 * j +: 9] = lanes[lane_b + j];
            if (DATA_WIDTH_A != 36 && write_b && enables_b[j]) begin
                if (WRITEMODE_B == "WRITETHROUGH")
                    word_b[9 * j +: 9] =
                        LANES_B == 1 ? merged(lanes[lane_b], dib[17:0], adb[2:0], DATA_WIDTH_B)
                        : dib[9 * j +: 9];
                lanes[lane_b + j] <= met && a_writes ? noise[9 * j +: 9]
                    : LANES_B == 1 ? merged(lanes[lane_b], dib[17:0], adb[2:0], DATA_WIDTH_B)
                    : dib[9 * j +: 9];
            end
        end
        if (OCEB) register_b <= latch_b;
        // The half of DOA: both readings of who clocks it must agree.
        if (DATA_WIDTH_B == 36 && OUTREG_A && (!CLKA || OCEA != OCEB))
            register_b[17:0] <= noise[17:0];
        if (CEB && selected_b && !(WEB && WRITEMODE_B == "NORMAL"))
            latch_b <= met && a_writes ? noise
                : DATA_WIDTH_B == 36 ? word_b
                : {18'h0, chosen(word_b[17:0], adb[2:0], DATA_WIDTH_B)};
        if (RSTB) begin
            latch_b <= noise;
            register_b <= noise;
        end
    end

    // In the order {DOB, DOA}: a port of 36 bits has both.
    wire [17:0] out_a = DATA_WIDTH_B == 36
        ? (OUTREG_A != OUTREG_B ? noise[17:0] : OUTREG_A ? register_b[17:0] : latch_b[17:0])
        : (OUTREG_A ? register_a[17:0] : latch_a[17:0]);
    wire [35:0] all_b = OUTREG_B ? register_b : latch_b;
    assign {DOA17, DOA16, DOA15, DOA14, DOA13, DOA12, DOA11, DOA10, DOA9, DOA8, DOA7, DOA6, DOA5,
        DOA4, DOA3, DOA2, DOA1, DOA0} = out_a;
    assign {DOB17, DOB16, DOB15, DOB14, DOB13, DOB12, DOB11, DOB10, DOB9, DOB8, DOB7, DOB6, DOB5,
        DOB4, DOB3, DOB2, DOB1, DOB0} = DATA_WIDTH_B == 36 ? all_b[35:18] : all_b[17:0];
endmodule
