/** The names of the element types, as PyTorch spells them. */
export type DTypeName =
  | 'uint8'
  | 'int8'
  | 'int16'
  | 'int32'
  | 'int64'
  | 'float16'
  | 'float32'
  | 'float64'
  | 'complex32'
  | 'complex64'
  | 'complex128'
  | 'bool'
  | 'qint8'
  | 'quint8'
  | 'qint32'
  | 'bfloat16'
  | 'float8_e5m2'
  | 'float8_e4m3fn'
  | 'uint16'
  | 'uint32'
  | 'uint64'
  | 'quint4x2'
  | 'quint2x4'
  | 'float8_e5m2fnuz'
  | 'float8_e4m3fnuz'
  | 'float8_e8m0fnu'
  | 'float4_e2m1fn_x2'
  | `bits${'1x8' | '2x4' | '4x2' | '8' | '16'}`
  | `${'int' | 'uint'}${1 | 2 | 3 | 4 | 5 | 6 | 7}`;

/**
 * The element type of a tensor: `torch.float32`, `torch.int64`, ... There is one object for each,
 * so `===` compares them.
 *
 * @example
 * ```ts
 * torch.zeros(2, { dtype: torch.int64 }).dtype === torch.int64; // true
 * torch.float16.itemsize; // 2
 * torch.bfloat16.isFloatingPoint; // true
 * ```
 * @see https://pytorch.org/docs/stable/tensor_attributes.html#torch.dtype
 */
export class DType {
  /** @internal */
  constructor(
    readonly name: DTypeName,
    /** libtorch's number for it (`c10::ScalarType`). @internal */
    readonly code: number,
    /** Bytes for one element. */
    readonly itemsize: number,
    readonly isFloatingPoint: boolean,
    readonly isComplex: boolean,
    readonly isSigned: boolean,
  ) {
    Object.freeze(this);
  }

  /** As PyTorch spells it: `torch.float32`. */
  toString(): string {
    return `torch.${this.name}`;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }
}

const float = (name: DTypeName, code: number, size: number) =>
  new DType(name, code, size, true, false, true);
const complex = (name: DTypeName, code: number, size: number) =>
  new DType(name, code, size, false, true, true);
const signed = (name: DTypeName, code: number, size: number) =>
  new DType(name, code, size, false, false, true);
const unsigned = (name: DTypeName, code: number, size: number) =>
  new DType(name, code, size, false, false, false);

export const uint8 = unsigned('uint8', 0, 1);
export const int8 = signed('int8', 1, 1);
export const int16 = signed('int16', 2, 2);
export const int32 = signed('int32', 3, 4);
export const int64 = signed('int64', 4, 8);
export const float16 = float('float16', 5, 2);
export const float32 = float('float32', 6, 4);
export const float64 = float('float64', 7, 8);
export const complex32 = complex('complex32', 8, 4);
export const complex64 = complex('complex64', 9, 8);
export const complex128 = complex('complex128', 10, 16);
export const bool = unsigned('bool', 11, 1);
export const qint8 = signed('qint8', 12, 1);
export const quint8 = unsigned('quint8', 13, 1);
export const qint32 = signed('qint32', 14, 4);
export const bfloat16 = float('bfloat16', 15, 2);
export const float8_e5m2 = float('float8_e5m2', 23, 1);
export const float8_e4m3fn = float('float8_e4m3fn', 24, 1);
export const uint16 = unsigned('uint16', 27, 2);
export const uint32 = unsigned('uint32', 28, 4);
export const uint64 = unsigned('uint64', 29, 8);
export const float8_e5m2fnuz = float('float8_e5m2fnuz', 25, 1);
export const float8_e4m3fnuz = float('float8_e4m3fnuz', 26, 1);
export const float8_e8m0fnu = new DType('float8_e8m0fnu', 44, 1, true, false, false);
// These only name how bits are packed: libtorch stores them, and computes nothing with them.
export const float4_e2m1fn_x2 = float('float4_e2m1fn_x2', 45, 1);
export const quint4x2 = unsigned('quint4x2', 16, 1);
export const quint2x4 = unsigned('quint2x4', 17, 1);
export const bits1x8 = unsigned('bits1x8', 18, 1);
export const bits2x4 = unsigned('bits2x4', 19, 1);
export const bits4x2 = unsigned('bits4x2', 20, 1);
export const bits8 = unsigned('bits8', 21, 1);
export const bits16 = unsigned('bits16', 22, 2);
export const uint1 = unsigned('uint1', 30, 1);
export const uint2 = unsigned('uint2', 31, 1);
export const uint3 = unsigned('uint3', 32, 1);
export const uint4 = unsigned('uint4', 33, 1);
export const uint5 = unsigned('uint5', 34, 1);
export const uint6 = unsigned('uint6', 35, 1);
export const uint7 = unsigned('uint7', 36, 1);
export const int1 = signed('int1', 37, 1);
export const int2 = signed('int2', 38, 1);
export const int3 = signed('int3', 39, 1);
export const int4 = signed('int4', 40, 1);
export const int5 = signed('int5', 41, 1);
export const int6 = signed('int6', 42, 1);
export const int7 = signed('int7', 43, 1);

const all = [
  uint8,
  int8,
  int16,
  int32,
  int64,
  float16,
  float32,
  float64,
  complex32,
  complex64,
  complex128,
  bool,
  qint8,
  quint8,
  qint32,
  bfloat16,
  float8_e5m2,
  float8_e4m3fn,
  uint16,
  uint32,
  uint64,
  float8_e5m2fnuz,
  float8_e4m3fnuz,
  float8_e8m0fnu,
  float4_e2m1fn_x2,
  quint4x2,
  quint2x4,
  bits1x8,
  bits2x4,
  bits4x2,
  bits8,
  bits16,
  uint1,
  uint2,
  uint3,
  uint4,
  uint5,
  uint6,
  uint7,
  int1,
  int2,
  int3,
  int4,
  int5,
  int6,
  int7,
];

const byCode: (DType | undefined)[] = [];
for (const dtype of all) byCode[dtype.code] = dtype;

/** The dtype of libtorch's number. @internal */
export function dtypeOfCode(code: number): DType {
  const dtype = byCode[code];
  if (!dtype) throw new TypeError(`sconce does not know libtorch's scalar type ${code}`);
  return dtype;
}
