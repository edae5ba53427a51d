import type { Headers } from '../../../stage.ts'

export const nobody: Headers = { authorization: '' }
