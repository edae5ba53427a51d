import type { ComponentChildren } from 'preact'
import type { Need } from '../../domain/contract/operation.ts'
import { isAvailable } from '../caller.ts'

export const May = ({
  need,
  readOnly,
  children,
}: {
  readonly need: Need
  readonly readOnly?: boolean
  readonly children: ComponentChildren
}) => (isAvailable(need, readOnly) ? children : null)
