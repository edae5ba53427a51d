import type { ComponentChildren } from 'preact'
import type { Need } from '../../contract/operation.ts'
import { isAllowed } from '../caller.ts'

/** Shows controls only to callers that may use them. */
export const May = ({ need, children }: { readonly need: Need; readonly children: ComponentChildren }) =>
  isAllowed(need) ? children : null
