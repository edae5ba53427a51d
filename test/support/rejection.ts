import { ScimError } from '../../src/scim/error.ts'

/** The error that an action throws. */
export function rejection(act: () => unknown): {
  status: number
  scimType: string | undefined
  detail: string
} {
  try {
    act()
  } catch (error) {
    if (!(error instanceof ScimError)) throw error
    return { status: error.status, scimType: error.scimType, detail: error.detail }
  }
  throw new Error('No error was thrown.')
}
