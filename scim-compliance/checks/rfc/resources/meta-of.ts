import type { Answer, Made } from '../../../stage.ts'
import { at } from '../../tools/attributes.ts'

export const metaOf = ({ body }: Answer | Made, name: string) => at(body, 'meta', name)
