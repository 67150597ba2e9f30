"""TensorFlow's single operations, as graphs hold them: which of them do more than compute.

TensorFlow marks the operations whose effect is not in their outputs as stateful. Of these the ones
listed here keep to memory: variables, tables, random numbers, control flow, datasets made of
tensors. Of the others, those listed touch files, open connections, end the process or run what
their inputs hold. `tests/hardening/test_graph_check.py` holds the lists against TensorFlow's own.
"""

from __future__ import annotations

from typing import Any

_STATEFUL_AND_HARMLESS = """
    AddManySparseToTensorsMap AddSparseToTensorsMap AllCandidateSampler AnonymousHashTable
    AnonymousIterator AnonymousIteratorV2 AnonymousIteratorV3 AnonymousMemoryCache
    AnonymousMutableDenseHashTable AnonymousMutableHashTable AnonymousMutableHashTableOfTensors
    AnonymousRandomSeedGenerator AnonymousSeedGenerator Assert AssignAddVariableOp
    AssignSubVariableOp AssignVariableOp BoostedTreesCenterBias BoostedTreesCreateEnsemble
    BoostedTreesCreateQuantileStreamResource BoostedTreesDeserializeEnsemble
    BoostedTreesEnsembleResourceHandleOp BoostedTreesExampleDebugOutputs
    BoostedTreesFlushQuantileSummaries BoostedTreesGetEnsembleStates BoostedTreesPredict
    BoostedTreesQuantileStreamResourceAddSummaries BoostedTreesQuantileStreamResourceDeserialize
    BoostedTreesQuantileStreamResourceFlush BoostedTreesQuantileStreamResourceGetBucketBoundaries
    BoostedTreesQuantileStreamResourceHandleOp BoostedTreesSerializeEnsemble
    BoostedTreesTrainingPredict BoostedTreesUpdateEnsemble BoostedTreesUpdateEnsembleV2 Case
    CheckNumerics CheckNumericsV2 CudnnRNN CudnnRNNBackprop CudnnRNNBackpropV2 CudnnRNNBackpropV3
    CudnnRNNV2 CudnnRNNV3 DatasetToSingleElement DeepCopy DeleteIterator DeleteMemoryCache
    DeleteRandomSeedGenerator DeleteSeedGenerator DestroyResourceOp DeviceIndex DisableCopyOnRead
    DummyIterationCounter DummyMemoryCache DummySeedGenerator Empty GeneratorDataset GraphDefVersion
    GroupByReducerDataset GuaranteeConst HashTable HashTableV2 If InitializeTableFromDataset
    InitializeTableV2 IsBoostedTreesEnsembleInitialized
    IsBoostedTreesQuantileStreamResourceInitialized IsResourceHandleRefCounting
    IsTensorFloat32Enabled Iterator IteratorGetNext IteratorGetNextAsOptional IteratorGetNextSync
    IteratorV2 LearnedUnigramCandidateSampler ListDataset LogUniformCandidateSampler
    LookupTableExportV2 LookupTableFindV2 LookupTableImportV2 LookupTableInsertV2
    LookupTableRemoveV2 LookupTableSizeV2 MakeIterator MakeWeakResourceHandle Multinomial
    MutableDenseHashTable MutableDenseHashTableV2 MutableHashTable MutableHashTableOfTensors
    MutableHashTableOfTensorsV2 MutableHashTableV2 NonDeterministicInts ParameterizedTruncatedNormal
    Print RandomCrop RandomDataset RandomDatasetV2 RandomGamma RandomPoisson RandomPoissonV2
    RandomShuffle RandomStandardNormal RandomUniform RandomUniformInt RangeDataset ReadVariableOp
    ReduceDataset ResourceApplyAdaMax ResourceApplyAdadelta ResourceApplyAdagrad
    ResourceApplyAdagradDA ResourceApplyAdagradV2 ResourceApplyAdam ResourceApplyAdamWithAmsgrad
    ResourceApplyAddSign ResourceApplyCenteredRMSProp ResourceApplyFtrl ResourceApplyFtrlV2
    ResourceApplyGradientDescent ResourceApplyKerasMomentum ResourceApplyMomentum
    ResourceApplyPowerSign ResourceApplyProximalAdagrad ResourceApplyProximalGradientDescent
    ResourceApplyRMSProp ResourceCountUpTo ResourceGather ResourceGatherNd ResourceScatterAdd
    ResourceScatterDiv ResourceScatterMax ResourceScatterMin ResourceScatterMul ResourceScatterNdAdd
    ResourceScatterNdMax ResourceScatterNdMin ResourceScatterNdSub ResourceScatterNdUpdate
    ResourceScatterSub ResourceScatterUpdate ResourceSparseApplyAdadelta ResourceSparseApplyAdagrad
    ResourceSparseApplyAdagradDA ResourceSparseApplyAdagradV2 ResourceSparseApplyCenteredRMSProp
    ResourceSparseApplyFtrl ResourceSparseApplyFtrlV2 ResourceSparseApplyKerasMomentum
    ResourceSparseApplyMomentum ResourceSparseApplyProximalAdagrad
    ResourceSparseApplyProximalGradientDescent ResourceSparseApplyRMSProp ResourceStridedSliceAssign
    RngReadAndSkip RngSkip SampleDistortedBoundingBox SampleDistortedBoundingBoxV2
    ShuffleAndRepeatDatasetV2 ShuffleDatasetV2 ShuffleDatasetV3 SparseTensorSliceDataset Stack
    StackCloseV2 StackPopV2 StackPushV2 StackV2 StatefulPartitionedCall StatefulRandomBinomial
    StatefulStandardNormal StatefulStandardNormalV2 StatefulTruncatedNormal StatefulUniform
    StatefulUniformFullInt StatefulUniformInt StatelessRandomGetAlg TakeManySparseFromTensorsMap
    TemporaryVariable TensorArray TensorArrayCloseV3 TensorArrayConcatV3 TensorArrayGatherV3
    TensorArrayGrad TensorArrayGradV2 TensorArrayGradV3 TensorArrayGradWithShape TensorArrayReadV3
    TensorArrayScatterV3 TensorArraySizeV3 TensorArraySplitV3 TensorArrayV2 TensorArrayV3
    TensorArrayWriteV3 TensorDataset TensorSliceDataset ThreadUnsafeUnigramCandidateSampler
    Timestamp TruncatedNormal UniformCandidateSampler VarHandleOp VarIsInitializedOp Variable
    VariableShape VariableV2 While XlaCallModule XlaIf XlaLaunch XlaWhile
"""

_STATELESS_AND_HARMFUL = """
    Abort CacheDataset DatasetFromGraph DebugIdentity DebugNanCount DebugNumericSummary
    GenerateVocabRemapping ImmutableConst InitializeTableFromTextFile MatchingFiles
    MlirPassthroughOp PyFuncStateless ReadFile RegisterDataset RegisterDatasetV2
    SnapshotChunkDataset SnapshotDataset SnapshotDatasetReader SnapshotDatasetV2
    SnapshotNestedDatasetReader XlaCustomCall XlaCustomCallV2
"""

_HARMLESS = frozenset(_STATEFUL_AND_HARMLESS.split())
_HARMFUL = frozenset(_STATELESS_AND_HARMFUL.split())

# Harmless unless an attribute names a file: the attribute, and how it begins if it does not.
_BY_ATTRIBUTE = {
    "DecodeProtoV2": ("descriptor_source", (b"local://", b"bytes://")),
    "EncodeProto": ("descriptor_source", (b"local://", b"bytes://")),
    "FixedUnigramCandidateSampler": ("vocab_file", ()),
    "PrintV2": ("output_stream", (b"stderr", b"stdout", b"log(")),
}


def only_computes(node: Any) -> bool:
    """Return whether an operation, a ``NodeDef``, keeps to the graph's own memory.

    One that is not TensorFlow's own is known only if a module that the user named brought it, and
    is not judged.
    """
    import tensorflow as tf
    from tensorflow.python.framework import op_def_registry

    if node.op in _BY_ATTRIBUTE:
        attribute, harmless = _BY_ATTRIBUTE[node.op]
        value = node.attr[attribute].s if attribute in node.attr else b""
        return not value or value.startswith(harmless)
    if node.op in _HARMFUL:
        return False
    if not (hasattr(tf.raw_ops, node.op) or node.op.startswith("_")):
        return True
    definition = op_def_registry.get(node.op)
    return definition is None or not definition.is_stateful or node.op in _HARMLESS
