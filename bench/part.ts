/** The result of a part: its tables in Markdown, and the figures that targets exist for. */
export type PartResult = { readonly text: string; readonly figures?: Readonly<Record<string, number>> }
