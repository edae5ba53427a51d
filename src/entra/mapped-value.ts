import type { AppRole, SourceValue } from './source-directory.ts'

/** Roles of the application, which have a shape of their own on the wire. */
export type MappedRoles = {
  /** The function that gave them: one role, several that are added, or several that replace what is there. */
  readonly kind: 'singleRole' | 'roles' | 'assertiveRoles'
  readonly roles: readonly AppRole[]
}

/** What an expression can give. */
export type MappedValue = SourceValue | MappedRoles

export const isRoles = (value: unknown): value is MappedRoles =>
  typeof value === 'object' && value !== null && 'roles' in value

/** A value as text, as functions take it: booleans as Entra writes them, a list's values one after the other. */
export function textOf(value: MappedValue): string {
  if (typeof value === 'string') return value
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  return isRoles(value) ? value.roles.map(role => role.value).join(',') : value.join(',')
}
