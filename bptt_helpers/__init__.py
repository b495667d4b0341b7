"""Forward and backward passes, pictures and panels for the BPTT notebook series.

S_t = g_1(W_x X_t + W_s S_{t-1}),  Y_t = g_2(W_y S_t),  E_t = (d_t - Y_t)^2.
"""

__version__ = "0.1.0"
