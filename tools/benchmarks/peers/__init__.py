"""mlpack beside TensorFlow, TensorFlow Lite, ONNX Runtime, OpenVINO and tinygrad, on the same work.

Data flows one way: `prepare` writes one network in everyone's format, with images and what Keras makes of them; a
`worker` process for each entrant loads it, shows what it computes, and is timed; `rounds` asks all entrants in turn;
`figures` sums up. `tools/bench peers` shows it.
"""
