"""Backpropagation through time, forward and backward, with NumPy alone.

S_t = g_1(W_x X_t + W_s S_{t-1}),  Y_t = g_2(W_y S_t),  E_t = (d_t - Y_t)^2.

`rnn` runs the network forward, `bptt` takes the gradient back, `gradcheck` checks it.
"""

__version__ = "0.1.0"
