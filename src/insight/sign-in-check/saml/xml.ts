import { DOMParser, type Element, type Node, onWarningStopParsing } from '@xmldom/xmldom'
import { InputError, type InputField } from './input-error.ts'

export type { Element } from '@xmldom/xmldom'

/** SAML metadata of many providers is deeper and longer than any response. */
const [maxDepth, maxElements, maxAttributes] = [64, 5000, 64]

/**
 * Parses XML without document types, and thus without entities, within limits of depth and number of elements. The limits apply
 * before the parser runs.
 */
export function parseXml(text: string, field: InputField): Element {
  checkMarkup(text, field)
  try {
    const parser = new DOMParser({ onError: onWarningStopParsing })
    const root = parser.parseFromString(text, 'text/xml').documentElement
    if (root) return root
  } catch {
    // The parser's message quotes the text.
  }
  throw new InputError(field, `The ${field} is not well-formed XML.`)
}

function checkMarkup(text: string, field: InputField): void {
  const fail = (reason: string): never => {
    throw new InputError(field, `The ${field} ${reason}`)
  }
  const endOf = (end: string, from: number): number => {
    const at = text.indexOf(end, from)
    return at < 0 ? fail('is not well-formed XML.') : at + end.length
  }
  let [depth, elements] = [0, 0]
  let at = text.indexOf('<')
  while (at >= 0) {
    let next: number
    if (text.startsWith('<!--', at)) next = endOf('-->', at)
    else if (text.startsWith('<![CDATA[', at)) next = endOf(']]>', at)
    else if (text.startsWith('<!', at)) next = fail('contains a document type. SAML has none; remove it.')
    else if (text.startsWith('<?', at)) next = endOf('?>', at)
    else if (text.startsWith('</', at)) {
      depth--
      next = endOf('>', at)
    } else {
      const tag = scanTag(text, at) ?? fail('is not well-formed XML.')
      if (tag.attributes > maxAttributes) fail(`has an element with more than ${maxAttributes} attributes.`)
      if (++elements > maxElements) fail(`has more than ${maxElements} elements.`)
      if (!tag.isEmpty && ++depth > maxDepth) fail(`has elements in more than ${maxDepth} levels.`)
      next = tag.end
    }
    at = text.indexOf('<', next)
  }
}

type Tag = { readonly end: number; readonly attributes: number; readonly isEmpty: boolean }

function scanTag(text: string, start: number): Tag | undefined {
  let attributes = 0
  for (let at = start + 1; at < text.length; at++) {
    const character = text[at]
    if (character === '>') return { end: at + 1, attributes, isEmpty: text[at - 1] === '/' }
    if (character !== '"' && character !== "'") continue
    attributes++
    at = text.indexOf(character, at + 1)
    if (at < 0) return undefined
  }
  return undefined
}

export const isElement = (node: Node): node is Element => node.nodeType === 1

const nodesOf = ({ childNodes }: Element): readonly Node[] =>
  Array.from({ length: childNodes.length }, (_, at) => childNodes[at]).filter(node => node !== undefined)

export const childElements = (element: Element): readonly Element[] => nodesOf(element).filter(isElement)

export const isNamed = ({ namespaceURI, localName }: Element, namespace: string, name: string): boolean =>
  namespaceURI === namespace && localName === name

export const children = (element: Element, namespace: string, name: string): readonly Element[] =>
  childElements(element).filter(child => isNamed(child, namespace, name))

export const child = (element: Element, namespace: string, name: string): Element | undefined =>
  children(element, namespace, name)[0]

export function descendants(element: Element, namespace: string, name: string): readonly Element[] {
  const within = childElements(element).flatMap(each => descendants(each, namespace, name))
  return isNamed(element, namespace, name) ? [element, ...within] : within
}

export const attributeValues = (element: Element, name: string): readonly string[] => {
  const value = element.getAttribute(name)
  const within = childElements(element).flatMap(each => attributeValues(each, name))
  return value === null ? within : [value, ...within]
}

export const attribute = (element: Element | undefined, name: string): string | undefined =>
  element?.getAttribute(name) ?? undefined

export const textOf = (element: Element | undefined): string => element?.textContent ?? ''

export const isPlain = (element: Element): boolean =>
  nodesOf(element).every(({ nodeType }) => nodeType === 3 || nodeType === 4)

export const namespaces = {
  protocol: 'urn:oasis:names:tc:SAML:2.0:protocol',
  assertion: 'urn:oasis:names:tc:SAML:2.0:assertion',
  metadata: 'urn:oasis:names:tc:SAML:2.0:metadata',
  signature: 'http://www.w3.org/2000/09/xmldsig#',
} as const
