// What the kernels for processors share whose windows go over an image: its size, that of the output and of the window, and the
// margins before the first row and column. Taps outside the image contribute zero.
#define WINDOW_PARAMETERS                                                                                        \
    uint images, uint height, uint width, uint out_height, uint out_width, uint kernel_height,                   \
        uint kernel_width, uint stride_height, uint stride_width, uint top, uint left
#define WINDOW_ARGUMENTS                                                                                         \
    images, height, width, out_height, out_width, kernel_height, kernel_width, stride_height, stride_width, top, left
