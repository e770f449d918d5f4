// SPDX-License-Identifier: Apache-2.0
// Convolutions by cuDNN's graph interface (https://docs.nvidia.com/deeplearning/cudnn/backend/latest/api/cudnn-graph-library.html):
// descriptors of tensors and operations make a graph, heuristics name engines for it, and an engine that is chosen makes a plan.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "CCUDALibraries.h"

// Names and values are those of cudnn_graph.h, without CUDNN_ and CUDNN_ATTR_.
enum {
    BACKEND_POINTWISE = 0, BACKEND_CONVOLUTION = 1, BACKEND_ENGINE = 2, BACKEND_ENGINECFG = 3, BACKEND_ENGINEHEUR = 4,
    BACKEND_EXECUTION_PLAN = 5, BACKEND_OPERATION_CONVOLUTION_FORWARD = 10, BACKEND_OPERATION_CONVOLUTION_BACKWARD_FILTER = 11,
    BACKEND_OPERATION_CONVOLUTION_BACKWARD_DATA = 12, BACKEND_OPERATION_POINTWISE = 13, BACKEND_OPERATIONGRAPH = 15,
    BACKEND_VARIANT_PACK = 16, BACKEND_TENSOR = 17
};
enum {
    TYPE_HANDLE = 0, TYPE_DATA_TYPE = 1, TYPE_BOOLEAN = 2, TYPE_INT64 = 3, TYPE_FLOAT = 4, TYPE_DOUBLE = 5, TYPE_VOID_PTR = 6,
    TYPE_CONVOLUTION_MODE = 7, TYPE_HEUR_MODE = 8, TYPE_NUMERICAL_NOTE = 11, TYPE_POINTWISE_MODE = 14,
    TYPE_BACKEND_DESCRIPTOR = 15, TYPE_BEHAVIOR_NOTE = 19
};
enum {
    POINTWISE_MODE = 0, POINTWISE_MATH_PREC = 1, CONVOLUTION_COMP_TYPE = 100, CONVOLUTION_CONV_MODE = 101,
    CONVOLUTION_DILATIONS = 102, CONVOLUTION_FILTER_STRIDES = 103, CONVOLUTION_POST_PADDINGS = 104,
    CONVOLUTION_PRE_PADDINGS = 105, CONVOLUTION_SPATIAL_DIMS = 106, ENGINEHEUR_MODE = 200, ENGINEHEUR_OPERATION_GRAPH = 201,
    ENGINEHEUR_RESULTS = 202, ENGINECFG_ENGINE = 300, EXECUTION_PLAN_HANDLE = 400, EXECUTION_PLAN_ENGINE_CONFIG = 401,
    EXECUTION_PLAN_WORKSPACE_SIZE = 402, OPERATION_POINTWISE_PW_DESCRIPTOR = 750, OPERATION_POINTWISE_XDESC = 751,
    OPERATION_POINTWISE_BDESC = 752, OPERATION_POINTWISE_YDESC = 753, OPERATIONGRAPH_HANDLE = 800, OPERATIONGRAPH_OPS = 801,
    TENSOR_BYTE_ALIGNMENT = 900, TENSOR_DATA_TYPE = 901, TENSOR_DIMENSIONS = 902, TENSOR_STRIDES = 903, TENSOR_UNIQUE_ID = 906,
    TENSOR_IS_VIRTUAL = 907, VARIANT_PACK_UNIQUE_IDS = 1000, VARIANT_PACK_DATA_POINTERS = 1001, VARIANT_PACK_WORKSPACE = 1003,
    ENGINE_NUMERICAL_NOTE = 1303, ENGINE_BEHAVIOR_NOTE = 1305
};
enum { DATA_FLOAT = 0, CROSS_CORRELATION = 1, POINTWISE_ADD = 0, POINTWISE_RELU_FWD = 100, HEUR_MODE_FALLBACK = 2, HEUR_MODE_A = 3 };
enum {
    NOTE_TENSOR_CORE = 0, NOTE_DOWN_CONVERT_INPUTS = 1, NOTE_REDUCED_PRECISION_REDUCTION = 2, NOTE_NONDETERMINISTIC = 4
};
enum { NOTE_RUNTIME_COMPILATION = 0 };

// The attributes of an operation: alpha, beta, convolution, w, x, y, in that order.
enum { FORWARD_ATTRIBUTES = 700, DATA_ATTRIBUTES = 706, FILTER_ATTRIBUTES = 712 };

// Names of tensors in a plan.
enum { ID_X = 1, ID_W, ID_Y, ID_BIAS, ID_SUM, ID_BIASED };

// Descriptors that are made for a plan, and destroyed when it is there. After a failure nothing more is done.
enum { MOST_DESCRIPTORS = 64 };
typedef struct {
    const cc_dnn *dnn;
    void *descriptors[MOST_DESCRIPTORS];
    int count;
    bool failed;
} builder;

static void *create(builder *b, int type) {
    void *descriptor = NULL;
    if (b->failed || b->count == MOST_DESCRIPTORS || b->dnn->create_descriptor(type, &descriptor) != 0) {
        b->failed = true;
        return NULL;
    }
    b->descriptors[b->count++] = descriptor;
    return descriptor;
}

static void set(builder *b, void *descriptor, int attribute, int type, long long count, const void *elements) {
    if (!b->failed && b->dnn->set(descriptor, attribute, type, count, elements) != 0) b->failed = true;
}

static void set_descriptor(builder *b, void *descriptor, int attribute, void *value) {
    set(b, descriptor, attribute, TYPE_BACKEND_DESCRIPTOR, 1, &value);
}

static void finalize(builder *b, void *descriptor) {
    if (!b->failed && b->dnn->finalize(descriptor) != 0) b->failed = true;
}

static void destroy_all(builder *b) {
    for (int i = b->count - 1; i >= 0; i--) b->dnn->destroy_descriptor(b->descriptors[i]);
    b->count = 0;
}

// `[n, c, h, w]` with the channels of a pixel side by side.
static void *tensor(builder *b, int64_t id, int64_t n, int64_t c, int64_t h, int64_t w, bool is_virtual) {
    int64_t dimensions[] = {n, c, h, w}, strides[] = {h * w * c, 1, w * c, c}, alignment = 16;
    int type = DATA_FLOAT;
    void *descriptor = create(b, BACKEND_TENSOR);
    set(b, descriptor, TENSOR_DATA_TYPE, TYPE_DATA_TYPE, 1, &type);
    set(b, descriptor, TENSOR_DIMENSIONS, TYPE_INT64, 4, dimensions);
    set(b, descriptor, TENSOR_STRIDES, TYPE_INT64, 4, strides);
    set(b, descriptor, TENSOR_UNIQUE_ID, TYPE_INT64, 1, &id);
    set(b, descriptor, TENSOR_BYTE_ALIGNMENT, TYPE_INT64, 1, &alignment);
    set(b, descriptor, TENSOR_IS_VIRTUAL, TYPE_BOOLEAN, 1, &is_virtual);
    finalize(b, descriptor);
    return descriptor;
}

static void *convolution(builder *b, const cc_convolution *c) {
    int64_t dimensions = 2, strides[] = {c->stride_height, c->stride_width}, padding[] = {c->padding_height, c->padding_width},
            dilations[] = {c->dilation_height, c->dilation_width};
    int type = DATA_FLOAT, mode = CROSS_CORRELATION;
    void *descriptor = create(b, BACKEND_CONVOLUTION);
    set(b, descriptor, CONVOLUTION_COMP_TYPE, TYPE_DATA_TYPE, 1, &type);
    set(b, descriptor, CONVOLUTION_CONV_MODE, TYPE_CONVOLUTION_MODE, 1, &mode);
    set(b, descriptor, CONVOLUTION_SPATIAL_DIMS, TYPE_INT64, 1, &dimensions);
    set(b, descriptor, CONVOLUTION_DILATIONS, TYPE_INT64, 2, dilations);
    set(b, descriptor, CONVOLUTION_FILTER_STRIDES, TYPE_INT64, 2, strides);
    set(b, descriptor, CONVOLUTION_PRE_PADDINGS, TYPE_INT64, 2, padding);
    set(b, descriptor, CONVOLUTION_POST_PADDINGS, TYPE_INT64, 2, padding);
    finalize(b, descriptor);
    return descriptor;
}

static void *pointwise(builder *b, int mode, void *x, void *second, void *y) {
    int type = DATA_FLOAT;
    void *how = create(b, BACKEND_POINTWISE), *operation;
    set(b, how, POINTWISE_MODE, TYPE_POINTWISE_MODE, 1, &mode);
    set(b, how, POINTWISE_MATH_PREC, TYPE_DATA_TYPE, 1, &type);
    finalize(b, how);
    operation = create(b, BACKEND_OPERATION_POINTWISE);
    set_descriptor(b, operation, OPERATION_POINTWISE_PW_DESCRIPTOR, how);
    set_descriptor(b, operation, OPERATION_POINTWISE_XDESC, x);
    if (second) set_descriptor(b, operation, OPERATION_POINTWISE_BDESC, second);
    set_descriptor(b, operation, OPERATION_POINTWISE_YDESC, y);
    finalize(b, operation);
    return operation;
}

static void *graph(builder *b, void *handle, const cc_convolution *c, int pass) {
    bool has_bias = pass == CC_FORWARD_BIAS || pass == CC_FORWARD_BIAS_RELU, has_relu = pass == CC_FORWARD_BIAS_RELU;
    int64_t n = c->batch, o = c->output_channels, h = c->output_height, w = c->output_width;
    void *x = tensor(b, ID_X, n, c->channels, c->height, c->width, false);
    void *filters = tensor(b, ID_W, o, c->channels / c->groups, c->kernel_height, c->kernel_width, false);
    void *y = tensor(b, has_bias ? ID_SUM : ID_Y, n, o, h, w, has_bias);
    int base = pass == CC_INPUT_GRADIENT ? DATA_ATTRIBUTES : pass == CC_FILTER_GRADIENT ? FILTER_ATTRIBUTES : FORWARD_ATTRIBUTES;
    void *operation = create(b, pass == CC_INPUT_GRADIENT    ? BACKEND_OPERATION_CONVOLUTION_BACKWARD_DATA
                                : pass == CC_FILTER_GRADIENT ? BACKEND_OPERATION_CONVOLUTION_BACKWARD_FILTER
                                                             : BACKEND_OPERATION_CONVOLUTION_FORWARD);
    float alpha = 1, beta = 0;
    set(b, operation, base, TYPE_FLOAT, 1, &alpha);
    set(b, operation, base + 1, TYPE_FLOAT, 1, &beta);
    set_descriptor(b, operation, base + 2, convolution(b, c));
    set_descriptor(b, operation, base + 3, filters);
    set_descriptor(b, operation, base + 4, x);
    set_descriptor(b, operation, base + 5, y);
    finalize(b, operation);

    void *operations[3] = {operation};
    long long count = 1;
    if (has_bias) {
        void *bias = tensor(b, ID_BIAS, 1, o, 1, 1, false);
        void *biased = tensor(b, has_relu ? ID_BIASED : ID_Y, n, o, h, w, has_relu);
        operations[count++] = pointwise(b, POINTWISE_ADD, y, bias, biased);
        if (has_relu) {
            operations[count] = pointwise(b, POINTWISE_RELU_FWD, biased, NULL, tensor(b, ID_Y, n, o, h, w, false));
            count++;
        }
    }
    void *result = create(b, BACKEND_OPERATIONGRAPH);
    set(b, result, OPERATIONGRAPH_HANDLE, TYPE_HANDLE, 1, &handle);
    set(b, result, OPERATIONGRAPH_OPS, TYPE_BACKEND_DESCRIPTOR, count, operations);
    finalize(b, result);
    return result;
}

static bool has_note(const cc_dnn *dnn, void *engine, int attribute, int type, int note) {
    enum { MOST_NOTES = 64 };
    int notes[MOST_NOTES];
    long long count = 0;
    // How many there are, then the notes. An engine that does not say is not used.
    if (dnn->get(engine, attribute, type, 0, &count, NULL) != 0 || count > MOST_NOTES) return true;
    if (count > 0 && dnn->get(engine, attribute, type, count, &count, notes) != 0) return true;
    for (long long i = 0; i < count; i++)
        if (notes[i] == note) return true;
    return false;
}

static bool is_allowed(const cc_dnn *dnn, void *engine, bool tf32) {
    static const int refused[] = {NOTE_NONDETERMINISTIC, NOTE_DOWN_CONVERT_INPUTS, NOTE_REDUCED_PRECISION_REDUCTION};
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        if (has_note(dnn, engine, ENGINE_NUMERICAL_NOTE, TYPE_NUMERICAL_NOTE, refused[i])) return false;
    // For float32, tensor cores mean TF32.
    if (!tf32 && has_note(dnn, engine, ENGINE_NUMERICAL_NOTE, TYPE_NUMERICAL_NOTE, NOTE_TENSOR_CORE)) return false;
    return !has_note(dnn, engine, ENGINE_BEHAVIOR_NOTE, TYPE_BEHAVIOR_NOTE, NOTE_RUNTIME_COMPILATION);
}

// Engines that take more memory than this for intermediate results are not used.
enum { MOST_WORKSPACE = 1 << 30 };

// Makes a plan of an engine's configuration, if the engine is allowed, and can.
static bool plan_with(const cc_dnn *dnn, void *handle, void *configuration, bool tf32, cc_dnn_plan *plan) {
    void *engine = NULL, *made = NULL;
    long long found = 0;
    int64_t workspace = 0;
    bool succeeds = false;
    if (dnn->create_descriptor(BACKEND_ENGINE, &engine) != 0) return false;
    if (dnn->get(configuration, ENGINECFG_ENGINE, TYPE_BACKEND_DESCRIPTOR, 1, &found, &engine) == 0
        && is_allowed(dnn, engine, tf32) && dnn->create_descriptor(BACKEND_EXECUTION_PLAN, &made) == 0) {
        succeeds = dnn->set(made, EXECUTION_PLAN_HANDLE, TYPE_HANDLE, 1, &handle) == 0
                   && dnn->set(made, EXECUTION_PLAN_ENGINE_CONFIG, TYPE_BACKEND_DESCRIPTOR, 1, &configuration) == 0
                   && dnn->finalize(made) == 0
                   && dnn->get(made, EXECUTION_PLAN_WORKSPACE_SIZE, TYPE_INT64, 1, &found, &workspace) == 0
                   && workspace <= MOST_WORKSPACE;
        if (!succeeds) dnn->destroy_descriptor(made);
    }
    dnn->destroy_descriptor(engine);
    if (succeeds) *plan = (cc_dnn_plan){made, workspace};
    return succeeds;
}

// The first plan among those that one kind of heuristics names.
static bool plan_by(builder *b, void *handle, void *operations, int mode, bool tf32, cc_dnn_plan *plan) {
    enum { MOST_CONFIGURATIONS = 48 };
    void *configurations[MOST_CONFIGURATIONS] = {NULL};
    long long count = 0;
    bool found = false;
    void *heuristics = create(b, BACKEND_ENGINEHEUR);
    set_descriptor(b, heuristics, ENGINEHEUR_OPERATION_GRAPH, operations);
    set(b, heuristics, ENGINEHEUR_MODE, TYPE_HEUR_MODE, 1, &mode);
    finalize(b, heuristics);
    if (b->failed) return false;
    int created = 0;
    while (created < MOST_CONFIGURATIONS && b->dnn->create_descriptor(BACKEND_ENGINECFG, &configurations[created]) == 0) created++;
    if (b->dnn->get(heuristics, ENGINEHEUR_RESULTS, TYPE_BACKEND_DESCRIPTOR, created, &count, configurations) == 0)
        for (long long i = 0; i < count && i < created && !found; i++)
            found = plan_with(b->dnn, handle, configurations[i], tf32, plan);
    for (int i = 0; i < created; i++) b->dnn->destroy_descriptor(configurations[i]);
    return found;
}

bool cc_plan_convolution(const cc_dnn *dnn, void *handle, const cc_convolution *lengths, int pass, bool tf32,
                         cc_dnn_plan *plan) {
    static const int modes[] = {HEUR_MODE_A, HEUR_MODE_FALLBACK};
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        builder b = {.dnn = dnn};
        void *operations = graph(&b, handle, lengths, pass);
        bool found = !b.failed && plan_by(&b, handle, operations, modes[i], tf32, plan);
        destroy_all(&b);
        if (found) return true;
    }
    return false;
}

int cc_run_convolution(const cc_dnn *dnn, void *handle, const cc_dnn_plan *plan, cc_address x, cc_address w, cc_address y,
                       cc_address bias, cc_address workspace) {
    int64_t ids[] = {ID_X, ID_W, ID_Y, ID_BIAS};
    void *addresses[] = {(void *)(uintptr_t)x, (void *)(uintptr_t)w, (void *)(uintptr_t)y, (void *)(uintptr_t)bias};
    void *scratch = (void *)(uintptr_t)workspace, *pack = NULL;
    long long count = bias ? 4 : 3;
    int error = dnn->create_descriptor(BACKEND_VARIANT_PACK, &pack);
    if (error) return error;
    if (!error) error = dnn->set(pack, VARIANT_PACK_UNIQUE_IDS, TYPE_INT64, count, ids);
    if (!error) error = dnn->set(pack, VARIANT_PACK_DATA_POINTERS, TYPE_VOID_PTR, count, addresses);
    if (!error) error = dnn->set(pack, VARIANT_PACK_WORKSPACE, TYPE_VOID_PTR, 1, &scratch);
    if (!error) error = dnn->finalize(pack);
    if (!error) error = dnn->execute(handle, plan->plan, pack);
    dnn->destroy_descriptor(pack);
    return error;
}
