"""Keras's own classes and functions that run no code of a file and touch no other file.

They are those of tf_keras 2.21 and Keras 3.15, and names that older versions wrote. Left out are:
what holds Python code (Lambda); what calls by name, which `architecture_check` judges by that name
(TFOpLambda and its like); what loads other models or files (TFSMLayer, TorchModuleWrapper, feature
columns); and what takes a function as an argument of a call (WhileLoop, Map, Scan).
"""

from __future__ import annotations

import re

_LAYERS = """
    Activation ActivityRegularization AdaptiveAveragePooling1D AdaptiveAveragePooling2D
    AdaptiveAveragePooling3D AdaptiveMaxPooling1D AdaptiveMaxPooling2D AdaptiveMaxPooling3D Add
    AddLoss AddMetric AdditiveAttention AlphaDropout Attention AugMix AutoContrast Average
    AveragePooling1D AveragePooling2D AveragePooling3D AvgPool1D AvgPool2D AvgPool3D
    BatchNormalization BatchNormalizationBase BatchNormalizationV1 BatchNormalizationV2
    Bidirectional CategoryEncoding CenterCrop Concatenate
    ContrastLimitedAdaptiveHistogramEqualization Conv1D Conv1DTranspose Conv2D Conv2DTranspose
    Conv3D Conv3DTranspose ConvLSTM ConvLSTM1D ConvLSTM2D ConvLSTM3D ConvLSTMCell Convolution1D
    Convolution1DTranspose Convolution2D Convolution2DTranspose Convolution3D Convolution3DTranspose
    Cropping1D Cropping2D Cropping3D Cross CuDNNGRU CuDNNLSTM CustomScaleLayer CutMix Dense
    DepthwiseConv1D DepthwiseConv2D DeviceWrapper Discretization Dot Dropout DropoutWrapper ELU
    EinsumDense Embedding Equalization Flatten Functional GRU GRUCell GRUCellV1 GRUCellV2 GRUV1
    GRUV2 GaussianDropout GaussianNoise GlobalAveragePooling1D GlobalAveragePooling2D
    GlobalAveragePooling3D GlobalAvgPool1D GlobalAvgPool2D GlobalAvgPool3D GlobalMaxPool1D
    GlobalMaxPool2D GlobalMaxPool3D GlobalMaxPooling1D GlobalMaxPooling2D GlobalMaxPooling3D
    GroupNormalization GroupQueryAttention GroupedQueryAttention HashedCrossing Hashing Identity
    IndexLookup InputLayer InputSpec IntegerLookup LSTM LSTMCell LSTMCellV1 LSTMCellV2 LSTMV1 LSTMV2
    Layer LayerNormalization LayerScale LeakyReLU LinearModel LocallyConnected1D LocallyConnected2D
    Masking MaxNumBoundingBoxes MaxPool1D MaxPool2D MaxPool3D MaxPooling1D MaxPooling2D MaxPooling3D
    Maximum MelSpectrogram Merge Minimum MixUp Model MultiHeadAttention Multiply Network
    Normalization PReLU Permute Pipeline RMSNormalization RNN RandAugment RandomBrightness
    RandomColorDegeneration RandomColorJitter RandomContrast RandomCrop RandomElasticTransform
    RandomErasing RandomFlip RandomFourierFeatures RandomGaussianBlur RandomGrayscale RandomHeight
    RandomHue RandomInvert RandomPerspective RandomPosterization RandomRotation RandomSaturation
    RandomSharpness RandomShear RandomTranslation RandomWidth RandomZoom ReLU RepeatVector Rescaling
    Reshape ResidualWrapper Resizing ReversibleEmbedding STFTSpectrogram SeparableConv1D
    SeparableConv2D SeparableConvolution1D SeparableConvolution2D Sequential SimpleRNN SimpleRNNCell
    Softmax Solarization SpatialDropout1D SpatialDropout2D SpatialDropout3D SpectralNormalization
    StackedRNNCells StochasticDepth StringLookup Subtract SyncBatchNormalization TextVectorization
    ThresholdedReLU TimeDistributed UnitNormalization UpSampling1D UpSampling2D UpSampling3D
    WideDeepModel Wrapper ZeroPadding1D ZeroPadding2D ZeroPadding3D
"""

_OPERATIONS = """
    Abs Absolute AdaptiveAveragePool AdaptiveMaxPool Add AffineTransform All AllClose Amax Amin
    Angle Any Append Arange Arccos Arccosh Arcsin Arcsinh Arctan Arctan2 Arctanh Argmax Argmin
    Argpartition Argsort Array ArraySplit Average AveragePool BatchNorm BinaryCrossentropy Bincount
    BitwiseAnd BitwiseInvert BitwiseLeftShift BitwiseNot BitwiseOr BitwiseRightShift BitwiseXor
    BroadcastTo CDist CTCDecode CTCLoss Cast CategoricalCrossentropy Cbrt Ceil Celu Cholesky
    CholeskyInverse Clip Concatenate Conj Conjugate Conv ConvTranspose ConvertToTensor Copy Corrcoef
    Correlate Cos Cosh CountNonzero CropImages Cross Cumprod Cumsum Deg2rad DepthToSpace
    DepthwiseConv Det Diag Diagflat Diagonal Diff Digitize Divide DivideNoNan Dot
    DotProductAttention Dsplit Dstack Eig Eigh Einsum ElasticTransform Elu EmptyLike Equal Erf Erfc
    Erfinv Exp Exp2 ExpandDims Expm1 ExtractPatches ExtractSequences FFT FFT2 Fabs
    FakeQuantWithMinMaxVars Flip Fliplr Flipud Floor FloorDivide Fmax Fmin Fmod Fold Full FullLike
    GaussianBlur Gcd Gelu Geomspace GetItem Glu Greater GreaterEqual HSVToRGB HardShrink HardSigmoid
    HardSilu HardTanh Heaviside Histogram Hsplit Hstack Hypot I0 IFFT2 IRFFT ISTFT Imag InTopK Inner
    Inv IsIn Isclose Isfinite Isinf Isnan Isneginf Isposinf Isreal Kron LayerNorm Lcm Ldexp
    LeakyRelu LeftShift Less LessEqual Linspace Log Log10 Log1p Log2 LogSigmoid LogSoftmax Logaddexp
    Logaddexp2 Logdet LogicalAnd LogicalNot LogicalOr LogicalXor Logspace Logsumexp Lstsq LuFactor
    MapCoordinates Matmul MatrixRank Max MaxPool Maximum Mean Median Meshgrid Min Minimum Mish Mod
    Moments Moveaxis MultiHot Multiply NanToNum Nanargmax Nanargmin Nancumprod Nancumsum Nanmax
    Nanmean Nanmedian Nanmin Nanpercentile Nanprod Nanquantile Nanstd Nansum Nanvar Ndim Negative
    Nextafter Nonzero Norm Normalize NotEqual OneHot OnesLike Outer PSNR Pad PadImages Percentile
    PerspectiveTransform Pinv Polar Power Prod Ptp Qr Quantile RFFT RGBToGrayscale RGBToHSV RMSNorm
    Rad2deg Ravel ReLU Real Rearrange Reciprocal Relu Relu6 Repeat Reshape Resize RightShift Roll
    Rot90 Round Rsqrt SSIM STFT SVD SaturateCast ScaleAndTranslate Scatter ScatterUpdate
    SearchSorted SegmentMax SegmentMin SegmentProd SegmentReduction SegmentSum Select Selu
    SeparableConv Sigmoid Sign Signbit Silu Sin Sinc Sinh Size Slice SliceUpdate Slogdet SobelEdges
    SoftShrink Softmax Softplus Softsign Solve SolveTriangular Sort SpaceToDepth
    SparseCategoricalCrossentropy SparsePlus SparseSigmoid Sparsemax Split Sqrt Square Squareplus
    Squeeze Stack Std StopGradient Subtract Sum Swapaxes Take TakeAlongAxis Tan Tanh TanhShrink
    Tensordot Threshold Tile TopK Trace Transpose Trapezoid Tril Triu TrueDivide Trunc Unfold Unique
    UnravelIndex Unstack Vander Var Vdot View ViewAsComplex ViewAsReal Vsplit Vstack Where ZerosLike
"""

_METRICS = """
    AUC Accuracy BinaryAccuracy BinaryCrossentropy BinaryIoU CategoricalAccuracy
    CategoricalCrossentropy CategoricalHinge ConcordanceCorrelation CosineSimilarity F1Score
    FBetaScore FalseNegatives FalsePositives Hinge IoU KLDivergence LogCoshError Mean
    MeanAbsoluteError MeanAbsolutePercentageError MeanIoU MeanMetricWrapper MeanRelativeError
    MeanSquaredError MeanSquaredLogarithmicError MeanTensor Metric OneHotIoU OneHotMeanIoU
    PearsonCorrelation Poisson Precision PrecisionAtRecall R2Score Recall RecallAtPrecision Reduce
    RootMeanSquaredError SensitivityAtSpecificity SensitivitySpecificityBase
    SparseCategoricalAccuracy SparseCategoricalCrossentropy SparseTopKCategoricalAccuracy
    SpecificityAtSensitivity SquaredHinge Sum SumOverBatchSize SumOverBatchSizeMetricWrapper
    TopKCategoricalAccuracy TrueNegatives TruePositives
"""

_LOSSES = """
    BinaryCrossentropy BinaryFocalCrossentropy CTC CategoricalCrossentropy
    CategoricalFocalCrossentropy CategoricalGeneralizedCrossEntropy CategoricalHinge Circle
    CosineSimilarity Dice Hinge Huber KLDivergence LogCosh Loss LossFunctionWrapper
    MeanAbsoluteError MeanAbsolutePercentageError MeanSquaredError MeanSquaredLogarithmicError
    Poisson SparseCategoricalCrossentropy SquaredHinge Tversky
"""

_INITIALIZERS = """
    Constant ConstantV2 GlorotNormal GlorotNormalV2 GlorotUniform GlorotUniformV2 HeNormal
    HeNormalV2 HeUniform HeUniformV2 Identity IdentityInitializer IdentityV2 Initializer LecunNormal
    LecunNormalV2 LecunUniform LecunUniformV2 Ones OnesV2 Orthogonal OrthogonalInitializer
    OrthogonalV2 RandomNormal RandomNormalV2 RandomUniform RandomUniformV2 STFT STFTInitializer
    TruncatedNormal TruncatedNormalV2 VarianceScaling VarianceScalingV2 Zeros ZerosV2
"""

_CONSTRAINTS_AND_REGULARIZERS = """
    Constraint L1 L1L2 L2 MaxNorm MinMaxNorm NonNeg OrthogonalRegularizer RadialConstraint
    Regularizer UnitNorm
"""

_OPTIMIZERS = """
    Adadelta Adafactor Adagrad Adam AdamW Adamax CosineDecay CosineDecayRestarts DynamicLossScale
    ExponentialDecay FixedLossScale Ftrl InverseTimeDecay Lamb LearningRateSchedule Lion
    LossScaleOptimizer LossScaleOptimizerV1 LossScaleOptimizerV3 MultiOptimizer Muon Nadam Optimizer
    OptimizerMap OptimizerV2 PiecewiseConstantDecay PolynomialDecay RMSprop SGD ScheduleFreeAdamW
    SharpnessAwareMinimization
"""

_PRECISION_AND_SEEDS = """
    AWQConfig AWQDTypePolicy AbsMaxQuantizer DTypePolicy DTypePolicyMap Float8QuantizationConfig
    FloatDTypePolicy GPTQConfig GPTQDTypePolicy Int4DTypePolicy Int4QuantizationConfig
    Int8QuantizationConfig Policy PolicyV1 QuantizationConfig QuantizedDTypePolicy
    QuantizedFloat8DTypePolicy Quantizer SeedGenerator
"""

_COMPILED = """
    CompileLoss CompileMetrics LossesContainer MetricsContainer MetricsList
"""

_ACTIVATIONS = """
    celu elu exponential gelu glu hard_shrink hard_sigmoid hard_silu hard_swish hard_tanh leaky_relu
    linear log_sigmoid log_softmax mish relu relu6 selu sigmoid silu soft_shrink softmax softplus
    softsign sparse_plus sparse_sigmoid sparsemax squareplus swish tanh tanh_shrink threshold
"""

_LOSS_FUNCTIONS = """
    BCE KLD MAE MAPE MSE MSLE bce binary_crossentropy binary_focal_crossentropy
    categorical_crossentropy categorical_focal_crossentropy categorical_generalized_cross_entropy
    categorical_hinge circle cosine_proximity cosine_similarity ctc dice hinge huber huber_loss
    kl_divergence kld kullback_leibler_divergence log_cosh logcosh mae mape mean_absolute_error
    mean_absolute_percentage_error mean_squared_error mean_squared_logarithmic_error mse msle
    poisson sparse_categorical_crossentropy squared_hinge tversky
"""

_METRIC_FUNCTIONS = """
    ACC acc accuracy binary_accuracy categorical_accuracy ce concordance_correlation crossentropy
    pearson_correlation sparse_categorical_accuracy sparse_top_k_categorical_accuracy
    top_k_categorical_accuracy
"""

_INITIALIZER_FUNCTIONS = """
    constant glorot_normal glorot_normalV2 glorot_uniform glorot_uniformV2 he_normal he_normalV2
    he_uniform he_uniformV2 identity lecun_normal lecun_normalV2 lecun_uniform lecun_uniformV2
    normal one ones orthogonal random_normal random_uniform stft truncated_normal uniform
    variance_scaling zero zeros
"""

_CONSTRAINT_AND_REGULARIZER_FUNCTIONS = """
    l1 l1_l2 l2 max_norm maxnorm min_max_norm non_neg nonneg orthogonal_regularizer
    radial_constraint unit_norm unitnorm
"""

_TEXT_FUNCTIONS = """
    character lower lower_and_strip_punctuation strip_punctuation whitespace
"""

_OPERATION_FUNCTIONS = """
    abs absolute adaptive_average_pool adaptive_max_pool add affine_transform all allclose amax amin
    angle any append arange arccos arccosh arcsin arcsinh arctan arctan2 arctanh argmax argmin
    argpartition argsort array array_split average average_pool bartlett batch_normalization
    bincount bitwise_and bitwise_invert bitwise_left_shift bitwise_not bitwise_or
    bitwise_right_shift bitwise_xor blackman broadcast_to cast cbrt cdist ceil cholesky
    cholesky_inverse clip concatenate conj conjugate conv conv_transpose convert_to_tensor copy
    corrcoef correlate cos cosh count_nonzero crop_images cross ctc_decode ctc_loss cumprod cumsum
    deg2rad depth_to_space depthwise_conv det diag diagflat diagonal diff digitize divide
    divide_no_nan dot dot_product_attention dsplit dstack eig eigh einsum elastic_transform empty
    empty_like equal erf erfc erfinv exp exp2 expand_dims expm1 extract_patches extract_patches_3d
    extract_sequences eye fabs fft fft2 flip fliplr flipud floor floor_divide fmax fmin fmod fold
    full full_like gaussian_blur gcd geomspace get_item greater greater_equal hamming hanning
    heaviside histogram hsplit hstack hsv_to_rgb hypot i0 identity ifft2 imag in_top_k inner inv
    irfft isclose isfinite isin isinf isnan isneginf isposinf isreal istft kaiser kron
    layer_normalization lcm ldexp left_shift less less_equal linspace log log10 log1p log2 logaddexp
    logaddexp2 logdet logical_and logical_not logical_or logical_xor logspace logsumexp lstsq
    lu_factor map_coordinates matmul matrix_rank max max_pool maximum mean median meshgrid min
    minimum mod moments moveaxis multi_hot multiply nan_to_num nanargmax nanargmin nancumprod
    nancumsum nanmax nanmean nanmedian nanmin nanpercentile nanprod nanquantile nanstd nansum nanvar
    ndim negative nextafter nonzero norm normalize not_equal one_hot ones ones_like outer pad
    pad_images percentile perspective_transform pinv polar power prod psnr ptp qr quantile rad2deg
    ravel real rearrange reciprocal repeat reshape resize rfft rgb_to_grayscale rgb_to_hsv
    right_shift rms_normalization roll rot90 round rsqrt saturate_cast scale_and_translate scatter
    scatter_update searchsorted segment_max segment_min segment_prod segment_sum select
    separable_conv sign signbit sin sinc sinh size slice slice_update slogdet sobel_edges solve
    solve_triangular sort space_to_depth split sqrt square squeeze ssim stack std stft stop_gradient
    subtract sum svd swapaxes take take_along_axis tan tensordot tile top_k trace transpose
    trapezoid tri tril triu true_divide trunc unfold unique unravel_index unstack vander var vdot
    view view_as_complex view_as_real vsplit vstack where zeros zeros_like
"""

CLASSES = frozenset(
    (
        _LAYERS
        + _OPERATIONS
        + _METRICS
        + _LOSSES
        + _INITIALIZERS
        + _CONSTRAINTS_AND_REGULARIZERS
        + _OPTIMIZERS
        + _PRECISION_AND_SEEDS
        + _COMPILED
    ).split()
)
FUNCTIONS = frozenset(
    (
        _ACTIVATIONS
        + _LOSS_FUNCTIONS
        + _METRIC_FUNCTIONS
        + _INITIALIZER_FUNCTIONS
        + _CONSTRAINT_AND_REGULARIZER_FUNCTIONS
        + _TEXT_FUNCTIONS
        + _OPERATION_FUNCTIONS
    ).split()
)


def _with_underscores(name: str) -> str:
    """Return a class's name as Keras 3 makes it one of a function: ``"f1_score"``."""
    return re.sub("([a-z])([A-Z])", r"\1_\2", re.sub("(.)([A-Z][a-z]+)", r"\1_\2", name)).lower()


# Where a file names a class by a string, as in "adam", Keras does not mind capitals.
_LOWER = {spell(name) for name in CLASSES for spell in (str.lower, _with_underscores)}
STRINGS = FUNCTIONS | CLASSES | _LOWER
