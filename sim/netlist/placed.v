// Parts of an ECP5 slice as nextpnr packs them, from the cells of Yosys' library (LUT4, LUT2,
// TRELLIS_FF) that they are packed from. Behaviour: Lattice FPGA-DS-02012, PFU and slice.

// A look-up table, half a carry cell, or one bit column of a RAM of 16 words.
module ECP5_COMB(
    input A, B, C, D, M, FCI, F1, FXA, FXB, DI0, DI1, WD, WAD0, WAD1, WAD2, WAD3, WRE, WCK,
    output F, FCO, OFX
);
    parameter MODE = "LOGIC", CCU2_INJECT1 = "NO", WREMUX = "WRE", WCKMUX = "WCK";
    parameter [15:0] INITVAL = 0;

    generate
        if (MODE == "DPRAM") begin: ram
            reg [15:0] words = INITVAL;
            wire clock = WCKMUX == "INV" ? ~WCK : WCK;
            wire enable = WREMUX == "INV" ? ~WRE : WREMUX == "1" ? 1'b1 : WREMUX == "0" ? 1'b0 : WRE;
            always @(posedge clock) if (enable) words[{WAD3, WAD2, WAD1, WAD0}] <= WD;
            assign F = words[{A, C, B, D}];
            assign FCO = 1'b0;
        end else begin: table_
            wire full, low;
            LUT4 #(.INIT(INITVAL)) four(.A(A), .B(B), .C(C), .D(D), .Z(full));
            LUT2 #(.INIT(INITVAL[3:0])) two(.A(A), .B(B), .Z(low));
            if (MODE == "CCU2") begin: carry
                assign F = full ^ (FCI & (CCU2_INJECT1 != "YES"));
                assign FCO = full ? FCI : low & (CCU2_INJECT1 != "YES");
            end else begin: logic_
                assign F = full;
                assign FCO = 1'b0;
            end
        end
    endgenerate
    assign OFX = 1'b0;  // wide multiplexers are not used
endmodule

// With SD "1" the table beside it drives it, else M from the fabric.
module ECP5_FF(input CLK, LSR, CE, DI, M, output Q);
    parameter GSR = "ENABLED", CEMUX = "1", CLKMUX = "CLK", LSRMUX = "LSR";
    parameter SRMODE = "LSR_OVER_CE", REGSET = "RESET", LSRMODE = "LSR", SD = "1";

    TRELLIS_FF #(.GSR(GSR), .CEMUX(CEMUX), .CLKMUX(CLKMUX), .LSRMUX(LSRMUX), .SRMODE(SRMODE),
        .REGSET(REGSET), .LSRMODE(LSRMODE))
        register(.CLK(CLK), .LSR(LSR), .CE(CE), .DI(SD == "0" ? M : DI), .M(M), .Q(Q));
endmodule

// What hands write data and address from one slice to the four tables of a RAM.
module ECP5_RAMW(
    input A0, B0, C0, D0, A1, B1, C1, D1,
    output WDO0, WDO1, WDO2, WDO3, WADO0, WADO1, WADO2, WADO3
);
    assign {WDO0, WDO1, WDO2, WDO3} = {C1, A1, D1, B1};
    assign {WADO0, WADO1, WADO2, WADO3} = {D0, B0, C0, A0};
endmodule
