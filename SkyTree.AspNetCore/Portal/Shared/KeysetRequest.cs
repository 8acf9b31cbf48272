namespace SkyTree.AspNetCore.Portal.Shared;

/// <summary>The part of a list that <see cref="KeysetGrid{TItem}"/> asks for.</summary>
/// <param name="After">Where it begins, as the part before said; null: at the front.</param>
/// <param name="Limit">Rows at most.</param>
/// <param name="Sort">By which <see cref="GridColumn{TItem}.Sort"/>, with <c>-</c> before it for the largest first; null: in the list's own order.</param>
public sealed record KeysetRequest(string? After, int Limit, string? Sort = null);
