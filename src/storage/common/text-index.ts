import { type AttributePath, pathText } from '../../scim/attribute.ts'
import { type IndexOf, isSingleText } from './filter-to-sql.ts'

/** The number of resources of a type from which texts are indexed: reading fewer takes a millisecond. */
export const minIndexed = 1000

type TextIndexes = {
  readonly isComplete: (type: string, attribute: string) => boolean
  readonly request: (type: string, path: AttributePath) => void
}

/** Values by which resources are looked up are always indexed, other texts on request. */
export const createIndexOf =
  ({ isComplete, request }: TextIndexes): IndexOf =>
  (type, path) => {
    if (!isSingleText(path)) return undefined
    if (path.at(-1)?.lookup) return 'keys'
    if (isComplete(type, pathText(path))) return 'indexed_texts'
    request(type, path)
    return undefined
  }
