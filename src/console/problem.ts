import {
  type FieldError,
  type ProblemDocument,
  type ProblemKind,
  problemKinds,
} from '../domain/contract/problem.ts'

type ProblemOptions = {
  readonly errors?: readonly FieldError[]
  readonly missing?: ProblemDocument['missing']
  readonly headers?: Readonly<Record<string, string>>
}

export class Problem extends Error {
  readonly kind: ProblemKind
  readonly document: ProblemDocument
  readonly headers: Readonly<Record<string, string>>

  constructor(kind: ProblemKind, detail: string, { errors, missing, headers = {} }: ProblemOptions = {}) {
    super(detail)
    this.name = 'Problem'
    this.kind = kind
    const [status, title] = problemKinds[kind]
    this.document = {
      type: `urn:scimulator:problem:${kind}`,
      title,
      status,
      detail,
      ...(errors && { errors: [...errors] }),
      ...(missing && { missing }),
    }
    this.headers = headers
  }

  after(sentence: string): Problem {
    const { detail, errors, missing } = this.document
    return new Problem(this.kind, `${sentence} ${detail}`, {
      headers: this.headers,
      ...(errors && { errors }),
      ...(missing && { missing }),
    })
  }
}
