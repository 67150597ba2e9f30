from .flip_rate import evaluate_flip_rate as evaluate_flip_rate
from .flip_rate import evaluate_predictions as evaluate_predictions
from .no_flips import assert_no_flips as assert_no_flips
from .rendering.compare import compare_reports as compare_reports
from .rendering.folder import render_folder as render_folder
from .reports.report import Report as Report
from .reports.report import load_report as load_report
