"""The table of the trainings: what is trained, by which optimizer, and what surrounds it.

A cell names its options as the command line does, with underscores; `keras_training.py` says what they are in Keras.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace

# A network: alpha, and height and width of its input.
SMALL, LARGE = (0.25, 128), (1.0, 224)
CLASSES = 5
# Images of each class: uneven, so that weights of classes matter; three classes fill the first batch of an epoch and
# the second is smaller, so that it matters what a mean is taken over.
IMAGES_OF_A_CLASS = (4, 2, 2, 2, 3)
BATCH_SIZE = 8

DEFAULT_MASK = "conv_pw_13,dense"
MASKS = (DEFAULT_MASK, "conv_pw_10..", "*,-*_bn", "*", "*:bias,dense")
# One that no model of Keras can have: single variables, single channels.
SCATTERED_MASK = "conv_dw_12_bn:gamma,conv_pw_12[8:40],dense:bias"

OPTIMIZERS = {
    "sgd": {"optimizer": "sgd"},
    "momentum": {"optimizer": "sgd", "momentum": 0.9},
    "nesterov": {"optimizer": "sgd", "momentum": 0.9, "nesterov": True},
    "adam": {"optimizer": "adam"},
    "adamw": {"optimizer": "adamw"},
    "rmsprop": {"optimizer": "rmsprop"},
}
# Learning rates at which the loss falls in a few steps: more tensors take a smaller one. Batch-norm in training mode
# magnifies what rounding does, and more with each step.
RATES = {
    DEFAULT_MASK: {"sgd": 0.05, "momentum": 0.02, "adam": 0.002, "rmsprop": 0.001},
    "conv_pw_10..": {"sgd": 0.01, "momentum": 0.005, "adam": 0.0005, "rmsprop": 0.0002},
    "*,-*_bn": {"sgd": 0.001, "momentum": 0.0003, "adam": 0.0002, "rmsprop": 0.00005},
    "*": {"sgd": 0.002, "momentum": 0.001, "adam": 0.0002, "rmsprop": 0.00005},
}
EPOCHS = {"conv_pw_10..": 2, "*,-*_bn": 1, "*": 2}
ALIKE = {"nesterov": "momentum", "adamw": "adam"}
LIKE_ALL = ("*:beta,dense", "*:gamma")
# The large network learns from smaller ones: its classifier has four times as many features, its kernels more channels.
RATE_FACTORS_OF_THE_LARGE = {DEFAULT_MASK: 0.2, "*,-*_bn": 0.3, "*": 0.1}


@dataclass(frozen=True)
class Cell:
    """One training: a mask, an optimizer of the table, and options beside it."""

    mask: str
    optimizer: str = "sgd"
    options: dict = field(default_factory=dict)
    # What the learning rate of RATES is multiplied by.
    rate_factor: float = 1

    def __str__(self):
        said = [f"{name}={value}" if value is not True else name for name, value in self.options.items()]
        return " ".join([self.mask, self.optimizer, *said])

    @property
    def rates_of(self):
        """The mask of RATES whose learning rates this one takes."""
        wide = "*" if self.mask in LIKE_ALL else self.mask
        return wide if wide in RATES else DEFAULT_MASK

    def settings(self):
        """Every option of the training by its name."""
        rate = self.rate_factor * RATES[self.rates_of][ALIKE.get(self.optimizer, self.optimizer)]
        return {"learning_rate": rate, "epochs": EPOCHS.get(self.rates_of, 3)} | OPTIMIZERS[self.optimizer] | self.options

    def arguments(self):
        """The same as the command line takes it."""
        found = ["--train", self.mask]
        for name, value in self.settings().items():
            found += [f"--{name.replace('_', '-')}"] + ([str(value)] if value is not True else [])
        return found

    def as_json(self):
        return asdict(self) | {"name": str(self), "settings": self.settings()}


def product():
    return [Cell(mask, optimizer) for mask in MASKS for optimizer in OPTIMIZERS]


def quick_product():
    """Adam with all that there is to train, and the optimizers that stand alone: `quick_surroundings` has the others.

    Few, as Keras takes long to trace wide masks and to set up an optimizer.
    """
    alone = {(DEFAULT_MASK, "sgd"), (DEFAULT_MASK, "nesterov"), ("*", "adam")}
    return [cell for cell in product() if (cell.mask, cell.optimizer) in alone]


def quick_surroundings():
    """What stands around an optimizer, several things at a time where one would not hide another."""
    return [
        Cell(SCATTERED_MASK, "adam", {"clip_norm": 0.05}),
        Cell(DEFAULT_MASK, "momentum", {"weight_decay": 0.1, "clip_value": 0.005}),
        Cell(DEFAULT_MASK, "adam", {"beta_1": 0.8, "beta_2": 0.95, "epsilon": 0.001, "weight_decay": 0.1}),
        Cell(DEFAULT_MASK, "rmsprop", {"rho": 0.7, "momentum": 0.5, "epsilon": 0.001}),
        Cell(DEFAULT_MASK, "sgd", {"global_clip_norm": 0.5}),
        Cell(DEFAULT_MASK, "sgd", {"class_weights": "balanced"}),
        Cell(DEFAULT_MASK, "sgd", {"class_weights": "1,2,0.5,1.5,3", "label_smoothing": 0.2}),
        Cell(DEFAULT_MASK, "sgd", {"schedule": "cosine", "warmup": 2}),
        Cell(DEFAULT_MASK, "adamw", {"schedule": "step", "decay_every": 2, "decay_rate": 0.5, "warmup": 1}),
    ]


def surroundings():
    """The same, and each thing by itself."""
    return quick_surroundings() + [
        Cell("*:beta,dense"),
        Cell("conv_pw_13[0:16],dense", "momentum"),
        Cell("*:gamma", rate_factor=5),
        Cell(SCATTERED_MASK),
        Cell("*", "sgd", {"global_clip_norm": 0.5}),
        Cell(DEFAULT_MASK, "sgd", {"cache_dtype": "f16"}),
        Cell("conv_pw_10..", "adam", {"cache_dtype": "f16"}),
        Cell("*", "adamw", {"weight_decay": 0.2}),
        Cell(DEFAULT_MASK, "sgd", {"weight_decay": 0.1}),
        Cell(DEFAULT_MASK, "sgd", {"clip_value": 0.005}),
        Cell(DEFAULT_MASK, "sgd", {"clip_norm": 0.2}),
        Cell(DEFAULT_MASK, "sgd", {"label_smoothing": 0.1}),
        Cell(DEFAULT_MASK, "momentum", {"schedule": "cosine"}),
        Cell(DEFAULT_MASK, "nesterov", {"schedule": "step", "decay_every": 3}),
        Cell(DEFAULT_MASK, "rmsprop", {"schedule": "constant", "warmup": 3}),
    ]


def tables():
    """The cells of each tier and network."""
    everything = product() + surroundings()
    quick = quick_product() + quick_surroundings()
    return {
        ("quick", SMALL): quick,
        ("long", SMALL): [cell for cell in everything if cell not in quick],
        ("long", LARGE): [
            replace(cell, rate_factor=RATE_FACTORS_OF_THE_LARGE.get(cell.rates_of, 1)) for cell in product()
        ],
    }
