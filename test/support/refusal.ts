import { ScimError } from '../../src/scim/error.ts'

/** How something is refused: what an error's reader sees of it. */
export function refusal(act: () => unknown): {
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
  throw new Error('It was not refused.')
}
