import type { ComponentChildren } from 'preact'
import type { Need } from '../../domain/contract/operation.ts'
import { isAvailable } from '../caller.ts'

/** `readOnly`: whether the controls change a read-only tenant; by default, that of the page. */
export const May = ({
  need,
  readOnly,
  children,
}: {
  readonly need: Need
  readonly readOnly?: boolean
  readonly children: ComponentChildren
}) => (isAvailable(need, readOnly) ? children : null)
