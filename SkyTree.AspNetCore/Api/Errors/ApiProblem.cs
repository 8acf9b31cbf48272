namespace SkyTree.AspNetCore.Api.Errors;

/// <summary>Why a request was not done (RFC 9457, <c>application/problem+json</c>).</summary>
/// <param name="Title">The status in words.</param>
/// <param name="Status">The HTTP status.</param>
/// <param name="Code">A stable name in snake case, for programs.</param>
/// <param name="Detail">What is wrong and what can be done, for people.</param>
/// <param name="Errors">What is wrong with which field or parameter; null: it is not about fields.</param>
internal sealed record ApiProblem(string Title, int Status, string Code, string Detail, IReadOnlyDictionary<string, string[]>? Errors = null)
{
    /// <summary>Always <c>about:blank</c>: the code says what it is.</summary>
    public string Type { get; init; } = "about:blank";
}
