"""Netlist, solver, drawing, families of circuits."""
