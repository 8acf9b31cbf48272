using System.Globalization;
using Microsoft.Net.Http.Headers;
using SkyTree.Core.Admin;

namespace SkyTree.AspNetCore.Api.Http;

/// <summary>Versions of what people edit, as <c>ETag</c> and <c>If-Match</c>.</summary>
internal static class EntityTags
{
    /// <summary>Tells the version of what is answered.</summary>
    public static void SetVersion(this HttpContext context, long version) =>
        context.Response.Headers.ETag = string.Create(CultureInfo.InvariantCulture, $"\"{version}\"");

    /// <summary>The version that the caller has seen; null: they do not care.</summary>
    /// <exception cref="AdminException">It is no version.</exception>
    public static long? ExpectedVersion(this HttpContext context)
    {
        string text = context.Request.Headers.IfMatch.ToString();
        if (text.Length == 0 || text == "*")
        {
            return null;
        }

        return EntityTagHeaderValue.TryParse(text, out EntityTagHeaderValue? tag) && !tag.IsWeak
            && long.TryParse(tag.Tag.AsSpan().Trim('"'), NumberStyles.None, CultureInfo.InvariantCulture, out long version)
                ? version
                : throw new AdminException(AdminError.Invalid, "bad_if_match", "If-Match holds the one ETag that was answered, such as \"3\", or *.");
    }
}
