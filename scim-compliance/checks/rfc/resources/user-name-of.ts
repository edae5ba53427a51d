import { skip } from '../../../expect.ts'
import type { JsonObject } from '../../../json.ts'

export const userNameOf = ({ sent }: { readonly sent: JsonObject }): string =>
  typeof sent.userName === 'string' ? sent.userName : skip('The sample has no userName.')
