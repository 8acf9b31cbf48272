using System.Text;

namespace SkyTree.AspNetCore.Portal.Traffic;

/// <summary>A payload as people type it.</summary>
internal static class PayloadInput
{
    /// <summary>The ways to type one: their texts' names are <c>Payload.{way}</c>.</summary>
    public static IReadOnlyList<string> Ways { get; } = ["text", "hex", "base64"];

    /// <summary>Reads it.</summary>
    /// <param name="way">One of <see cref="Ways"/>.</param>
    /// <param name="typed">What was typed.</param>
    /// <returns>The bytes; null: it cannot be read that way.</returns>
    public static byte[]? Read(string way, string? typed)
    {
        typed ??= "";
        try
        {
            return way switch
            {
                "hex" => Convert.FromHexString(string.Concat(typed.Where(c => !char.IsWhiteSpace(c) && c is not (':' or '-')))),
                "base64" => Convert.FromBase64String(typed),
                _ => Encoding.UTF8.GetBytes(typed),
            };
        }
        catch (FormatException)
        {
            return null;
        }
    }

    /// <summary>The way that shows all of a payload, and the payload in that way.</summary>
    public static (string Way, string Typed) Write(ReadOnlyMemory<byte> payload) =>
        PayloadPreview.TextOf(payload.Span) is { } text ? ("text", text) : ("hex", Convert.ToHexStringLower(payload.Span));
}
