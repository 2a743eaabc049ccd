/** JSX as React has it; no plugin is needed. */
export default { oxc: { jsx: { runtime: "automatic" } } };
