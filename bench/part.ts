type Figures = Readonly<Record<string, number>>

/** The result of a part: its tables in Markdown, and the figures that targets exist for. */
export type PartResult = {
  readonly text: string
  readonly figures?: Figures
  /** Those of the base. */
  readonly base?: Figures
}
