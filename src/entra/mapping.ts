import type { Expression } from './expression-tree.ts'
import type { ScopingFilter } from './scoping-filter.ts'

/** One line of the mapping page. */
export type AttributeMapping = {
  readonly source: Expression
  /** The source as it was written: `[mailNickname]`, `Switch([IsSoftDeleted], , "False","True","True","False")`. */
  readonly written: string
  /** The SCIM attribute in Entra's notation: `emails[type eq "work"].value`, `urn:…:2.0:User:manager`. */
  readonly target: string
  /** Matching precedence, 1 first; absent for attributes that aren't matched by. */
  readonly matching?: number
  /** Taken when the source gives nothing. */
  readonly otherwise?: string
  readonly flow: 'always' | 'onCreate'
  /** The value is the objectId of another object, and leaves as its id in the target. */
  readonly reference?: true
}

export type TargetActions = { readonly create: boolean; readonly update: boolean; readonly delete: boolean }

export type ObjectMapping = {
  readonly enabled: boolean
  readonly actions: TargetActions
  /** Any of them has to hold; none means everything is in scope. */
  readonly scope: readonly ScopingFilter[]
  readonly attributes: readonly AttributeMapping[]
}

export type Mapping = { readonly users: ObjectMapping; readonly groups: ObjectMapping }
