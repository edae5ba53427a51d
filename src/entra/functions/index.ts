import type { EntraFunction } from '../expression-tree.ts'
import { roleFunctions } from './app-roles.ts'
import { choosingFunctions } from './choose.ts'
import { replace } from './replace.ts'
import { textFunctions } from './text.ts'

const functions: readonly EntraFunction[] = [
  ...choosingFunctions,
  ...textFunctions,
  replace,
  ...roleFunctions,
]

const byName = new Map(functions.map(each => [each.name.toLowerCase(), each]))

/** Finds a function, whatever the case of its name. */
export const findFunction = (name: string): EntraFunction | undefined => byName.get(name.toLowerCase())

export const functionNames: readonly string[] = functions
  .map(({ name }) => name)
  .sort((one, other) => one.localeCompare(other))
