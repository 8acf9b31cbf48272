using Microsoft.AspNetCore.WebUtilities;
using SkyTree.AspNetCore.Api.Http;
using SkyTree.Cluster.Administration;
using SkyTree.Core.Admin;

namespace SkyTree.AspNetCore.Api.Errors;

/// <summary>Makes answers of mistakes.</summary>
internal static class ApiProblems
{
    /// <summary>What a service has refused.</summary>
    public static ApiProblem Of(AdminException exception) => Of(
        StatusOf(exception),
        exception.Code,
        exception.Message,
        exception.Fields.Count == 0 ? null : exception.Fields.ToDictionary(field => NameOf(field.Key), field => new[] { field.Value }));

    /// <summary>What the cluster has refused.</summary>
    public static ApiProblem Of(ClusterAdminException exception) => Of(StatusCodes.Status409Conflict, "cluster_refused", exception.Message);

    // A key of the configuration is as people write it; all else is a member of the request.
    private static string NameOf(string field) => field.Contains(':', StringComparison.Ordinal) ? field : ApiNames.Policy.ConvertName(field);

    /// <summary>A problem with a status's own title.</summary>
    public static ApiProblem Of(int status, string code, string detail, IReadOnlyDictionary<string, string[]>? errors = null) =>
        new(ReasonPhrases.GetReasonPhrase(status), status, code, detail, errors);

    /// <summary>A status that the server itself has set.</summary>
    public static ApiProblem Of(int status) => status switch
    {
        StatusCodes.Status404NotFound => Of(status, "no_such_route", "There is no such route; /openapi/v1.json lists them."),
        StatusCodes.Status405MethodNotAllowed => Of(status, "method_not_allowed", "This route does not have this method."),
        StatusCodes.Status413PayloadTooLarge => Of(status, "body_too_large", "The body is larger than this route takes."),
        StatusCodes.Status415UnsupportedMediaType => Of(status, "unsupported_media_type", "The body is not of the type that this route takes."),
        _ => Of(status, "refused", "The request was refused."),
    };

    /// <summary>Answers with a problem.</summary>
    public static Task WriteAsync(HttpContext context, ApiProblem problem)
    {
        context.Response.StatusCode = problem.Status;
        if (problem.Errors is { } errors && errors.TryGetValue("retryAfterSeconds", out string[]? seconds))
        {
            context.Response.Headers.RetryAfter = seconds[0];
        }
        else if (problem.Status is StatusCodes.Status503ServiceUnavailable or StatusCodes.Status429TooManyRequests)
        {
            context.Response.Headers.RetryAfter = "1";
        }

        return context.Response.WriteAsJsonAsync(problem, ApiJson.Options, "application/problem+json");
    }

    private static int StatusOf(AdminException exception) => exception.Error switch
    {
        AdminError.Invalid => StatusCodes.Status400BadRequest,
        AdminError.Denied => StatusCodes.Status403Forbidden,
        AdminError.NotFound => StatusCodes.Status404NotFound,
        AdminError.Conflict => StatusCodes.Status409Conflict,
        AdminError.VersionMismatch => StatusCodes.Status412PreconditionFailed,
        AdminError.LimitExceeded when exception.Code == "store_full" => StatusCodes.Status507InsufficientStorage,
        AdminError.LimitExceeded => StatusCodes.Status429TooManyRequests,
        _ => StatusCodes.Status503ServiceUnavailable,
    };
}
