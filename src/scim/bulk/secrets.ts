import { isObject, type Json } from '../json.ts'
import { patchPathIn } from './references.ts'

/**
 * Counts the secrets that the data of an operation sets: attributes that hold one, and values of a PATCH whose path leads
 * to one. `isSecret` says which names and paths do.
 */
export function countSecrets(data: Json, isSecret: (path: string) => boolean): number {
  if (Array.isArray(data)) return sum(data.map((element: Json) => countSecrets(element, isSecret)))
  if (!isObject(data)) return 0
  const path = patchPathIn(data)
  const valueIsSecret = path !== undefined && isSecret(path)
  return sum(
    Object.entries(data).map(([name, value]) => {
      const setsOne = isSecret(name) || (valueIsSecret && name.toLowerCase() === 'value')
      return setsOne ? 1 : countSecrets(value, isSecret)
    }),
  )
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0)
