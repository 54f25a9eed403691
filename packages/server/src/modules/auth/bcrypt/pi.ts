/** The digits of π behind the point, 32 bits at a time: what Blowfish's tables are filled with. */

/** The first `count` words. */
export function wordsOfPi(count: number): Uint32Array {
  const bits = BigInt(count * 32)
  // More than is asked for, because each term of the sums is cut off.
  const guard = 64n
  const one = 1n << (bits + guard)
  // Machin: π = 16 arctan(1/5) - 4 arctan(1/239)
  const pi = 16n * arctanOfInverse(5n, one) - 4n * arctanOfInverse(239n, one)
  const fraction = (pi - 3n * one) >> guard
  return Uint32Array.from({ length: count }, (_, index) =>
    Number((fraction >> (bits - BigInt(32 * (index + 1)))) & 0xffff_ffffn),
  )
}

/** arctan(1/x), with `one` standing for 1. */
function arctanOfInverse(x: bigint, one: bigint): bigint {
  const square = x * x
  let power = one / x
  let sum = power
  for (let divisor = 3n, sign = -1n; power > 0n; divisor += 2n, sign = -sign) {
    power /= square
    sum += (sign * power) / divisor
  }
  return sum
}
