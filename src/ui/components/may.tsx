import { type ComponentChildren, createContext } from 'preact'
import { useContext } from 'preact/hooks'
import type { Need } from '../../domain/contract/operation.ts'
import { isAvailable } from '../caller.ts'
import { offlineSince } from '../live.ts'

const Writes = createContext(false)

/** Whether a button has to wait: what it writes could not reach the server. */
export const useOffline = (): boolean => useContext(Writes) && offlineSince.value !== undefined

export const May = ({
  need,
  readOnly,
  children,
}: {
  readonly need: Need
  readonly readOnly?: boolean
  readonly children: ComponentChildren
}) =>
  isAvailable(need, readOnly) ? (
    <Writes.Provider value={need === 'write' || need === 'destroy'}>{children}</Writes.Provider>
  ) : null
