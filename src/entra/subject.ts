import type { LinkOf } from './desired.ts'
import type { WireOptions } from './dialect.ts'
import type { ObjectMapping } from './mapping.ts'
import { endpointOf } from './query.ts'
import type { ExpressionContext } from './source-object.ts'

/** One object of the directory, with all that its plan has to know. */
export type Subject = {
  readonly kind: 'user' | 'group'
  readonly objectId: string
  /** As people call it: the user principal name, or the group's name. */
  readonly name: string
  readonly mapping: ObjectMapping
  readonly context: ExpressionContext
  /** Its id in the target, if it is linked. */
  readonly target: string | undefined
  readonly wire: WireOptions
  readonly linkOf: LinkOf
  /** A manager was written and the source has none any more. */
  readonly clearManager: boolean
  /** Whether another object of the directory is linked to this id. */
  isTaken(target: string): boolean
  /** Whether another object in scope has this value of the matching attribute. */
  isShared(value: string): boolean
}

export const endpointOfSubject = ({ kind }: Pick<Subject, 'kind'>) => endpointOf(kind)
export const titleOf = ({ kind, name }: Pick<Subject, 'kind' | 'name'>): string =>
  `${kind === 'user' ? 'User' : 'Group'} '${name}'`
